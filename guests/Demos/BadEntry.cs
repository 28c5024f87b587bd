// C3: one broken VMCS after the other. The hypervisor breaks it in the way of the case's number, the processor
// refuses the entry, and the auditor has to name the rule. The guest is a HLT that never runs.

using System.Linq;
using MinusOne.Guests.Kit;
using MinusOne.Hv.Guests;

namespace MinusOne.Guests.Demos;

internal static class BadEntry
{
    public const uint Cases = 60;

    private static readonly GuestImage s_image = Start.Real(part => part.Code.hlt());

    public static Guest Guest { get; } = new(
        "bad-entry", "C3", "broken VMCS states, one rule each: the processor refuses, the auditor says why",
        Enumerable.Range(0, (int)Cases).Select(Scene).ToArray());

    private static GuestScene Scene(int number) => new(s_image)
    {
        Flags = SceneFlags.BreakEntry,
        CaseNumber = (uint)number,
        End = GuestEnd.EntryFailed,
    };
}
