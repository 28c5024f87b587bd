// One line of the table: rows.tsv.

using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace MinusOne.Tests.Bench;

internal sealed record Row(string Name, string Title, double? Reference, double? Bound, double Units)
{
    public static IReadOnlyList<Row> All() =>
    [
        .. File.ReadLines(Path.Combine(Folders.Source, "rows.tsv"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('\t'))
            .Select(cells => new Row(cells[0], cells[1], Number(cells[2]), Number(cells[3]), Number(cells[4]) ?? 1)),
    ];

    private static double? Number(string cell) =>
        cell.Length == 0 ? null : double.Parse(cell, CultureInfo.InvariantCulture);
}
