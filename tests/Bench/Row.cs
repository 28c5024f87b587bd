// One line of the table: rows.tsv.

using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace MinusOne.Tests.Bench;

internal sealed record Row(string Name, string Title, double? Reference, double? Bound, double Units)
{
    // Percent above the bare machine, for a row whose bound is that.
    public double? OverBare { get; init; }

    private const string Plain = "-plain";

    // What SVM may cost more than VT-x, where its column does not say otherwise.
    private const double SvmFactor = 1.25;
    private const int SvmReference = 7, SvmBound = 8;

    public static IReadOnlyList<Row> All(BenchProcessor processor)
    {
        Dictionary<string, string[]> all = File.ReadLines(Path.Combine(Folders.Source, "rows.tsv"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('\t'))
            .ToDictionary(cells => cells[0]);
        return processor.IsSvm
            ? [.. all.Values.Where(cells => !cells[0].EndsWith(Plain)).Select(cells => OnSvm(cells, all))]
            : [.. all.Values.Select(cells => Of(cells, Number(cells, 2), Number(cells, 3)))];
    }

    // Everything is injected by software there.
    private static Row OnSvm(string[] cells, Dictionary<string, string[]> all)
    {
        string[] limits = all.GetValueOrDefault(cells[0] + Plain, cells);
        return Of(cells, Number(limits, SvmReference), Number(limits, SvmBound) ?? (Number(limits, 3) * SvmFactor));
    }

    public double? BoundOver(double? bare) => OverBare == null ? Bound : bare * (1 + (OverBare / 100));

    // A bound of +4% is one above the bare machine.
    private static Row Of(string[] cells, double? reference, double? bound) =>
        cells.Length > 3 && cells[3].EndsWith('%')
            ? new(cells[0], cells[1], reference, null, Number(cells, 4) ?? 1)
            {
                OverBare = double.Parse(cells[3].TrimEnd('%'), CultureInfo.InvariantCulture),
            }
            : new(cells[0], cells[1], reference, bound, Number(cells, 4) ?? 1);

    private static double? Number(string[] cells, int cell) =>
        cell >= cells.Length || cells[cell].Length == 0 || cells[cell].EndsWith('%')
            ? null
            : double.Parse(cells[cell], CultureInfo.InvariantCulture);
}
