// C3: one broken VMCS after the other. The hypervisor breaks it, the processor refuses the entry, and the auditor has
// to name the rule. The guest is a HLT; where the processor does not check a rule, it runs.

using MinusOne.Guests.Kit;

namespace MinusOne.Guests.Demos;

internal static class BadEntry
{
    public static Guest Guest { get; } = new(
        "bad-entry", "C3", "broken VMCS states, one rule each: the processor refuses, the auditor says why",
        new GuestConfig(Start.Protected(part => part.Code.hlt()))
        {
            Computation = Computation.BrokenEntries,
            End = GuestEnd.Computed,
        });
}
