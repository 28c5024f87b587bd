// One thing to measure: what runs between two RDTSC, which registers it finds, and how often.

using System;
using MinusOne.Guests.Kit;

namespace MinusOne.Guests.Bench;

internal sealed record BenchRow(string Name, Action Body)
{
    public uint Eax { get; init; }

    public uint Ecx { get; init; }

    public uint Edx { get; init; }

    // RDI of the first sample; every sample finds it a page further.
    public uint Pages { get; init; }

    // The median of so many samples, at most Sampler.MostSamples.
    public uint Samples { get; init; } = Sampler.MostSamples;

    // Runs once before: ZF set means that this machine has nothing to measure here.
    public Action? Check { get; init; }
}
