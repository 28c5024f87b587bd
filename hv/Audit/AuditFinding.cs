// One broken rule: which, in which field, and what stood there.

namespace MinusOne.Hv.Audit;

internal readonly struct AuditFinding
{
    public readonly AuditRule Rule;

    // The encoding of the field.
    public readonly uint Field;

    // The value of the field; in an MSR area, of the entry's first half.
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

// The broken rules of one audit, in the order in which they were found: the first is what a processor stops at. What
// does not fit is counted and dropped.
internal unsafe struct AuditFindings
{
    public const int Capacity = 32;

    private const int Words = 3;

    private fixed ulong _words[Capacity * Words];
    private int _found;

    public readonly int Count => _found < Capacity ? _found : Capacity;

    // Including those dropped.
    public readonly int Found => _found;

    public readonly AuditFinding this[int index]
    {
        get
        {
            int word = index * Words;
            return new AuditFinding(
                (AuditRule)(uint)_words[word], (uint)(_words[word] >> 32), _words[word + 1], (uint)_words[word + 2]);
        }
    }

    public void Add(AuditFinding finding)
    {
        if (_found < Capacity)
        {
            int word = _found * Words;
            _words[word] = (uint)finding.Rule | ((ulong)finding.Field << 32);
            _words[word + 1] = finding.Value;
            _words[word + 2] = finding.Entry;
        }

        _found++;
    }
}

// Exit qualification of an entry that failed on guest state. SDM 3C 28.8 VM-Entry Failures During or After Loading
// Guest State. For a failure in the MSR-load area the qualification is the number of the entry, counted from 1.
internal enum EntryFailureQualification : ulong
{
    Unspecified = 0,
    PdpteLoading = 2,
    NmiInjectionBlockedByEvents = 3,
    InvalidVmcsLinkPointer = 4,
}
