// A trace as it was read: which guests there were, and their exits in the order of time.

using System.Collections.Generic;
using System.Linq;

namespace MinusOne.Ovmf.Runner.Traces;

internal sealed class TraceData
{
    public required bool IsSvm { get; init; }

    // Ticks of a second.
    public required ulong Hertz { get; init; }

    public List<TraceGuest> Guests { get; } = [];

    public List<TraceExit> Exits { get; } = [];

    // In the order in which they were taken.
    public List<TraceSample> Samples { get; } = [];

    // The stream stops within an entry, or before its guests have ended.
    public bool IsCut { get; set; }

    public ulong End => Exits.Select(exit => exit.Time + exit.Ticks)
        .Concat(Guests.Select(guest => guest.End ?? guest.Begin)).DefaultIfEmpty().Max();

    public double Seconds(ulong ticks) => Hertz == 0 ? 0 : (double)ticks / Hertz;

    public TraceGuest GuestOf(in TraceExit exit) => GuestOf(exit.Guest);

    public TraceGuest GuestOf(int number) =>
        Guests.FindLast(guest => guest.Number == number) ?? new TraceGuest(number, "?", 1, 0);
}

internal sealed record TraceGuest(int Number, string Name, int Processors, ulong Begin)
{
    public ulong? End { get; set; }

    // The word of the log's end=.
    public string Ending { get; set; } = "";
}

// Times are ticks of the TSC, from the beginning of the first guest.
internal readonly record struct TraceExit(
    int Guest, int Processor, ushort Reason, bool IsFailure, Verdict Verdict, ulong Time, ulong Ticks, ulong Rip,
    ulong Qualification, ulong Subject, ulong Cr3);

// What a processor was doing (TraceFormat says what), for how many ticks it stands, and where: outermost first.
internal sealed record TraceSample(int Guest, int Processor, ulong State, ulong Ticks, ulong[] Frames);
