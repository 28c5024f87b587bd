// One broken rule: which, in which field, and what stood there.

namespace MinusOne.Hv.Audit;

internal readonly struct AuditFinding
{
    public readonly AuditRule Rule;

    // The encoding of the field.
    public readonly uint Field;

    // Of the field; in an MSR area, of the entry's first half.
    public readonly ulong Value;

    // In an MSR area: which entry, counted from 1.
    public readonly uint Entry;

    public AuditFinding(AuditRule rule, uint field, ulong value, uint entry)
    {
        Rule = rule;
        Field = field;
        Value = value;
        Entry = entry;
    }

    public AuditStage Stage => (AuditStage)((uint)Rule >> 8);

    // What the processor puts into the exit qualification when the entry fails on this rule.
    public ulong Qualification => Rule switch
    {
        AuditRule.GuestPdpteReserved => (ulong)EntryFailureQualification.PdpteLoading,
        AuditRule.NmiBlockedByMovSs => (ulong)EntryFailureQualification.NmiInjectionBlockedByEvents,
        AuditRule.LinkPointerAddress or AuditRule.LinkPointerRevision or AuditRule.LinkPointerIsCurrent =>
            (ulong)EntryFailureQualification.InvalidVmcsLinkPointer,
        _ => Entry,
    };
}
