// A15: what shadow paging costs in tables. Four machines of ten processes each need a shadow root for every process
// and one for the machine itself, 4 x (10 + 1) = 44; with EPT every machine has one root, 4. SDM 3C 34.3 Memory
// Virtualization.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class ShadowCost
{
    public static Guest Guest { get; } = new(
        "shadow-cost", "A15", "44 shadow tables or 4 EPT tables for the same four machines",
        new GuestConfig(GuestImage.None) { Computation = Computation.ShadowTables, End = GuestEnd.Computed });
}
