// One row of the policy: an MSR or a range of them, and what reading and writing means.
namespace MinusOne.Hv.Exits.Msrs;

internal readonly struct MsrRule(
    Msr first, Msr last, MsrRead read, MsrWrite write, ulong value, MsrCheck check = MsrCheck.Any, byte passes = 0)
{
    public readonly uint First = (uint)first;
    public readonly uint Last = (uint)last;
    public readonly MsrRead Read = read;
    public readonly MsrWrite Write = write;
    public readonly MsrCheck Check = check;

    // Accesses that do not exit unless a configuration wants them to: Interception.Reads, Interception.Writes.
    public readonly byte Passes = passes;

    // The constant, or the register of the guest's state that holds it.
    public readonly ulong Value = value;

    public MsrRule(
        Msr msr, MsrRead read, MsrWrite write, ulong value = 0, MsrCheck check = MsrCheck.Any, byte passes = 0)
        : this(msr, msr, read, write, value, check, passes)
    {
    }

    // One that passes and is kept with the guest's state.
    public MsrRule(Msr msr, KeptMsr kept, MsrCheck check)
        : this(msr, MsrRead.Field, MsrWrite.Field, (ulong)kept, check, MsrPolicy.Both)
    {
    }
}

// The source of the answer to a guest's RDMSR.
internal enum MsrRead : byte
{
    Fault,

    // A constant, the same on every machine.
    Value,

    // The guest-state field of the VMCS that holds it.
    Field,

    // The register itself: the guest's value stays in it while the hypervisor runs.
    Register,

    // What the guest has written to it; before that, the rule's value.
    Stored,
    TimeStamp,
    TscAdjust,
    ApicBase,
}

// What becomes of a guest's WRMSR.
internal enum MsrWrite : byte
{
    Fault,

    // Accepted, and nothing changes.
    Ignore,
    Field,
    Register,

    // Kept to be read back; it changes nothing else.
    Stored,

    // The same, and it is the base or the mask of a memory range, by turns.
    Range,
    TimeStamp,
    TscAdjust,
    ApicBase,
    Efer,

    // KvmMsrs.cs, which also says who has it.
    Kvm,
}

// What a value must be to be written; anything else is #GP(0).
internal enum MsrCheck : byte
{
    Any,

    // A linear address.
    Canonical,

    // The upper half is dropped.
    Low32,

    // Eight memory types; and of those, the ones that MTRRs know.
    MemoryTypes,
    RangeTypes,

    // The type of what is in no memory range.
    DefaultType,

    // IA32_MISC_ENABLE: what is not a guest's to change stays as it is.
    FastStrings,

    // Bits of IA32_DEBUGCTL that a guest is given: LBR and BTF.
    DebugBits,
}
