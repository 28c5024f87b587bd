// A trace as text: a line an exit, and what they come to.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace MinusOne.Ovmf.Runner.Traces;

internal static class TraceTable
{
    private const int MostPlaces = 10;

    public static void Write(TextWriter output, TraceData data, SymbolNames names)
    {
        output.WriteLine($"{"time",14} {"guest",-12} {"cpu",3} {"exit",-24} {"at",-40} {"about",-28} {"ticks",9} then");
        foreach (TraceExit exit in data.Exits)
        {
            string place = names.Of(exit.Rip);
            output.WriteLine($"{exit.Time,14} {data.GuestOf(exit).Name,-12} {exit.Processor,3} "
                + $"{ExitWords.Reason(exit.Reason, data.IsSvm),-24} "
                + $"{ExitWords.Hex(exit.Rip) + (place.Length == 0 ? "" : $" {place}"),-40} "
                + $"{ExitWords.Subject(exit, data.IsSvm),-28} {exit.Ticks,9} {ExitWords.Then(exit.Verdict)}");
        }

        WriteSums(output, data, names);
    }

    // Sums for each reason, and the places that exit most.
    private static void WriteSums(TextWriter output, TraceData data, SymbolNames names)
    {
        output.WriteLine();
        output.WriteLine($"{"exit",-24} {"count",10} {"ticks",14} {"each",10}");
        foreach (IGrouping<ushort, TraceExit> reason in data.Exits.GroupBy(exit => exit.Reason)
            .OrderByDescending(group => Sum(group)))
        {
            int count = reason.Count();
            output.WriteLine($"{ExitWords.Reason(reason.Key, data.IsSvm),-24} {count,10} {Sum(reason),14} "
                + $"{Sum(reason) / (ulong)count,10}");
        }

        output.WriteLine();
        output.WriteLine($"{"place",-50} {"count",10} {"ticks",14}");
        foreach (IGrouping<string, TraceExit> place in data.Exits
            .GroupBy(exit => names.FunctionOf(exit.Rip) is { Length: > 0 } name ? name : ExitWords.Hex(exit.Rip))
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
            .Take(MostPlaces))
        {
            output.WriteLine($"{place.Key,-50} {place.Count(),10} {Sum(place),14}");
        }
    }

    private static ulong Sum(IEnumerable<TraceExit> exits) =>
        exits.Aggregate(0UL, (sum, exit) => sum + exit.Ticks);
}
