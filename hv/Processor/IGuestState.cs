// The state of the guest that is in the processor's hands, as the rest of the house sees it: what every vendor keeps,
// by the names of the architecture. A backend answers each of these from where its processor has it; reading costs
// what one field costs, and what is written counts from the next entry on. RIP moves in InstructionEnd alone.
namespace MinusOne.Hv.Processor;

internal interface IGuestState
{
    static abstract ulong Rip { get; set; }
    static abstract ulong Rsp { get; set; }
    static abstract Rflags Rflags { get; set; }

    // What is in force. What the guest reads of them can differ in bits that are ours: SeenCr0, SeenCr4.
    static abstract Cr0 Cr0 { get; }
    static abstract Cr4 Cr4 { get; }
    static abstract Cr0 SeenCr0 { get; }
    static abstract Cr4 SeenCr4 { get; }
    static abstract ulong Cr3 { get; set; }
    static abstract Efer Efer { get; set; }
    static abstract ulong Cr2 { get; set; }
    static abstract ulong Dr6 { get; set; }
    static abstract ulong Dr7 { get; set; }
    static abstract ulong DebugControl { get; set; }
    static abstract InterruptibilityState Blocking { get; set; }
    static abstract ActivityState Activity { get; set; }

    static abstract ushort Selector(GuestSegment segment);
    static abstract ulong Base(GuestSegment segment);
    static abstract uint Limit(GuestSegment segment);
    static abstract SegmentAccessRights Rights(GuestSegment segment);

    static abstract void SetSegment(
        GuestSegment segment, ushort selector, ulong start, uint limit, SegmentAccessRights rights);

    static abstract void SetBase(GuestSegment segment, ulong start);

    static abstract DescriptorTable Gdtr { get; set; }
    static abstract DescriptorTable Idtr { get; set; }

    // The four entries that PAE paging loads with CR3; a processor that does not keep them reads them as it needs them.
    static abstract bool KeepsPdptes { get; }
    static abstract ulong Pdpte(int index);
    static abstract void SetPdpte(int index, ulong entry);

    // MSRs of the guest's that the backend keeps for it.
    static abstract ulong Kept(KeptMsr msr);
    static abstract void Keep(KeptMsr msr, ulong value);

    // A single step, or breakpoints, to be reported by the coming entry, before any interrupt is delivered: behind the
    // instruction that has just been finished.
    static abstract PendingDebugExceptions PendingTraps { get; set; }
}

// MSRs that every vendor switches together with the guest's other state.
internal enum KeptMsr : ulong
{
    SysenterCs,
    SysenterEsp,
    SysenterEip,
    DebugControl,
    Pat,
    Efer,
    FsBase,
    GsBase,
}

// GDTR or IDTR.
internal readonly struct DescriptorTable(ulong start, uint limit)
{
    public readonly ulong Base = start;
    public readonly uint Limit = limit;
}

// The guest's activity state. SDM 3C 26.4.2 Guest Non-Register State.
internal enum ActivityState : uint
{
    Active = 0,
    Hlt = 1,
    Shutdown = 2,
    WaitForSipi = 3,
}

// The guest's segment registers in the order of their VMCS fields, two encodings apart. The first six are also their
// numbers in machine code and in instruction information. SDM 2 B.1.4.5 Segment Register (sreg) Field.
internal enum GuestSegment : uint
{
    Es = 0,
    Cs = 1,
    Ss = 2,
    Ds = 3,
    Fs = 4,
    Gs = 5,
    Ldtr = 6,
    Tr = 7,
}

// A descriptor of a system segment as it lies in the GDT: eight bytes, and eight more in long mode. SDM 3A 3.4.5
// Segment Descriptors, 8.2.3 TSS Descriptor in 64-bit mode.
internal readonly struct SystemDescriptor(ulong low, ulong high)
{
    private const ulong UpperType = 0x1F00_0000_0000;

    private readonly ulong _low = low;
    private readonly ulong _high = high;

    public ulong Base => ((_low >> 16) & 0xFF_FFFF) | ((_low >> 32) & 0xFF00_0000) | (_high << 32);

    // In bytes, as the VMCS wants it.
    public uint Limit
    {
        get
        {
            uint limit = (uint)(_low & 0xFFFF) | ((uint)(_low >> 32) & 0xF_0000);
            return Rights.HasPageGranularity ? (limit << 12) | 0xFFF : limit;
        }
    }

    public SegmentAccessRights Rights => new((uint)(_low >> 40) & 0xF0FF);

    // What a processor cannot load, whatever the type: a base that is no address, a second half with a type.
    public bool IsBroken => !RegisterLimits.IsCanonical(Base, 48) || (_high & UpperType) != 0;
}
