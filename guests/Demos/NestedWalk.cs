// A16: what a TLB miss costs under EPT. Every reference of the guest's own walk is a guest-physical address that
// needs a walk of the EPT: (4 + 1) x (4 + 1) = 25 references. Large pages on either side take some away. SDM 3C
// 30.3.2 EPT Translation Mechanism.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class NestedWalk
{
    public static Guest Guest { get; } = new(
        "nested-walk", "A16", "counts the 25 memory references of a walk through both sets of tables",
        new GuestConfig(GuestImage.None) { Computation = Computation.NestedWalk, End = GuestEnd.Computed });
}
