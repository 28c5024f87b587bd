// The table on the console, and out/bench.tsv.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace MinusOne.Tests.Bench;

internal static class Report
{
    // Prints rows that this hypervisor has measured. 1 if one is above its bound.
    public static int Print(OwnRun ours, Dictionary<string, uint> peer, Dictionary<string, uint> bare)
    {
        bool isGood = true;
        var file = new StringBuilder("name\tticks\treference\tratio\n");
        Console.WriteLine($"{"ticks of the guest's clock",-50}{"ours",10}{"bound",8}{"KVM",10}{"ratio",8}{"bare",10}");
        foreach (Row row in Row.All())
        {
            if (!ours.Ticks.TryGetValue(row.Name, out uint ticks))
            {
                continue;
            }

            double value = ticks / row.Units;
            double? reference = peer.TryGetValue(row.Name, out uint measured) ? measured / row.Units : row.Reference;
            double? outside = bare.TryGetValue(row.Name, out uint alone) ? alone / row.Units : null;
            double? ratio = reference is > 0 ? value / reference : null;
            bool isAbove = value > row.Bound;
            isGood &= !isAbove;
            Console.WriteLine($"{row.Title,-50}{Show(value),10}{Show(row.Bound),8}{Show(reference),10}"
                + $"{Show(ratio, "0.000"),8}{Show(outside),10}{(isAbove ? "  above its bound" : "")}");
            file.Append(CultureInfo.InvariantCulture,
                $"{row.Name}\t{Show(value)}\t{Show(reference)}\t{Show(ratio, "0.000")}\n");
        }

        Figures(ours);
        File.WriteAllText(Path.Combine(Folders.Out, "bench.tsv"), file.ToString());
        return isGood ? 0 : 1;
    }

    private static void Figures(OwnRun ours)
    {
        Console.WriteLine();
        long bytes = new FileInfo(Path.Combine(Folders.Out, "BOOTX64.EFI")).Length;
        Console.WriteLine($"{"image, bytes",-50}{bytes,10}");
        foreach ((string name, string title) in new[]
        {
            ("start-ticks", "from our entry point to the guest's first instruction"),
            ("own-frames", "frames of the hypervisor's for this guest"),
            ("tables", "of these, EPT tables"),
        })
        {
            if (ours.Figure(name) is { } figure)
            {
                Console.WriteLine($"{title,-50}{figure,10}");
            }
        }
    }

    private static string Show(double? value, string format = "0.#") =>
        value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
