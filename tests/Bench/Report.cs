// The table on the console, and out/bench.tsv.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace MinusOne.Tests.Bench;

internal static class Report
{
    private const int Title = 50;

    // Prints rows that this hypervisor has measured. 1 if one is above its bound. A peer that was measured now is not
    // filled up with what was measured once.
    public static int Print(OwnRun ours, Dictionary<string, uint> peer, Dictionary<string, uint> bare,
        BenchProcessor processor)
    {
        bool isGood = true;
        IReadOnlyList<Row> rows = Row.All(processor);
        Dictionary<string, FieldAccesses> fields = processor.IsSvm ? [] : FieldAccesses.Count();
        var file = new StringBuilder("name\tticks\treference\tratio\n");
        Console.WriteLine($"{"ticks of the guest's clock",-Title}{"ours",10}{"bound",8}{"KVM",10}{"ratio",8}{"bare",10}"
            + $"{"VMREAD",8}{"VMWRITE",9}");
        foreach (Row row in rows.Where(row => ours.Ticks.ContainsKey(row.Name)))
        {
            double value = ours.Ticks[row.Name] / row.Units;
            double? outside = In(bare, row);
            double? reference = peer.Count == 0 ? row.Reference : In(peer, row);
            double? bound = row.BoundOver(outside);
            bool isAbove = value > bound;
            isGood &= !isAbove;
            FieldAccesses accesses = fields.GetValueOrDefault(row.Name);
            Console.WriteLine($"{row.Title,-Title}{Show(value),10}{Show(bound),8}{Show(reference),10}"
                + $"{Ratio(value, reference),8}{Show(outside),10}{Show(accesses?.Reads / row.Units),8}"
                + $"{Show(accesses?.Writes / row.Units),9}{(isAbove ? "  above its bound" : "")}");
            file.Append(CultureInfo.InvariantCulture,
                $"{row.Name}\t{Show(value)}\t{Show(reference)}\t{Ratio(value, reference)}\n");
        }

        Figures(ours, bare, rows);
        File.WriteAllText(Path.Combine(Folders.Out, "bench.tsv"), file.ToString());
        return isGood ? 0 : 1;
    }

    private static double? In(Dictionary<string, uint> run, Row row) =>
        run.TryGetValue(row.Name, out uint ticks) ? ticks / row.Units : null;

    private static void Figures(OwnRun ours, Dictionary<string, uint> bare, IReadOnlyList<Row> rows)
    {
        Console.WriteLine();
        foreach (Row row in rows.Where(row => row.Name is "compute" or "walk" && bare.ContainsKey(row.Name)))
        {
            Say($"{row.Title}: inside to outside", Show(In(ours.Ticks, row) / In(bare, row), "0.00"));
        }

        long bytes = new FileInfo(Path.Combine(Folders.Out, "BOOTX64.EFI")).Length;
        Say("image, bytes", $"{bytes}");
        Say("ticks from our entry point to the guest's first instruction", Only(ours, "start-ticks"));
        Say("4 KiB frames of ours while this guest is there", Only(ours, "own-frames"));
        Say("of these, EPT tables", Only(ours, "tables"));
        if (ours.Frames.TryGetValue("switch-64", out uint many) && ours.Frames.TryGetValue("pause-exit", out uint one))
        {
            Say("frames of ours for each further guest", Show((many - one) / 63.0));
        }

        foreach ((string title, double microseconds, uint tables) in TableBuilds.Measure())
        {
            Say(title, $"{Show(microseconds)} us, {tables} tables");
        }
    }

    private static string Only(OwnRun run, string name) => $"{OwnRun.Figures(run.Log, name).Single()}";

    private static void Say(string title, string figure) => Console.WriteLine($"{title,-60}{figure,20}");

    private static string Ratio(double? value, double? reference) =>
        reference is > 0 ? Show(value / reference, "0.000") : "";

    private static string Show(double? value, string format = "0.#") =>
        value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
