// The virtual machine control block as the processor has it: what exits and why, then the guest's state. AMD APM 2
// Appendix B Layout of VMCB. Left out are encryption of a guest's state, AVIC and records of branches: nothing here
// turns them on.
namespace MinusOne.Hv.Svm.Fields;

[StructLayout(LayoutKind.Explicit, Size = Bytes)]
internal struct Vmcb
{
    public const int Bytes = 4096;

    // What a field is called by: this and its place. Encodings of VMCS fields, with which they share a table of names,
    // are below.
    public const uint FirstNumber = 0x8000;

    // B.1: bits 15:0 of these two are reads, 31:16 writes, a bit a register.
    [FieldOffset(0x000)] public uint ControlRegisters;
    [FieldOffset(0x004)] public uint DebugRegisters;
    [FieldOffset(0x008)] public uint Exceptions;
    [FieldOffset(0x00C)] public GeneralIntercepts General;
    [FieldOffset(0x010)] public SvmIntercepts Instructions;
    [FieldOffset(0x014)] public LateIntercepts Late;
    [FieldOffset(0x03C)] public ushort PauseThreshold;
    [FieldOffset(0x03E)] public ushort PauseCount;
    [FieldOffset(0x040)] public Hpa PortMap;
    [FieldOffset(0x048)] public Hpa MsrMap;
    [FieldOffset(0x050)] public ulong TscOffset;
    [FieldOffset(0x058)] public uint Asid;
    [FieldOffset(0x05C)] public TlbControl TlbControl;
    [FieldOffset(0x060)] public VirtualInterrupt Interrupt;
    [FieldOffset(0x068)] public ulong Shadow;
    [FieldOffset(0x070)] public ExitCode ExitCode;
    [FieldOffset(0x078)] public ulong Info1;
    [FieldOffset(0x080)] public ulong Info2;
    [FieldOffset(0x088)] public ulong InterruptedEvent;
    [FieldOffset(0x090)] public ulong NestedPaging;
    [FieldOffset(0x0A8)] public ulong Injection;
    [FieldOffset(0x0B0)] public Hpa NestedRoot;
    [FieldOffset(0x0B8)] public ulong BranchRecords;
    [FieldOffset(0x0C0)] public uint Clean;
    [FieldOffset(0x0C8)] public ulong NextRip;
    [FieldOffset(0x0D0)] public byte FetchedBytes;

    // B.2. FS, GS, LDTR and TR come and go with VMLOAD and VMSAVE, and so do STAR to SYSENTER_EIP.
    [FieldOffset(0x400)] public VmcbSegment Es;
    [FieldOffset(0x410)] public VmcbSegment Cs;
    [FieldOffset(0x420)] public VmcbSegment Ss;
    [FieldOffset(0x430)] public VmcbSegment Ds;
    [FieldOffset(0x440)] public VmcbSegment Fs;
    [FieldOffset(0x450)] public VmcbSegment Gs;
    [FieldOffset(0x460)] public VmcbSegment Gdtr;
    [FieldOffset(0x470)] public VmcbSegment Ldtr;
    [FieldOffset(0x480)] public VmcbSegment Idtr;
    [FieldOffset(0x490)] public VmcbSegment Tr;
    [FieldOffset(0x4CB)] public byte Cpl;
    [FieldOffset(0x4D0)] public ulong Efer;
    [FieldOffset(0x548)] public ulong Cr4;
    [FieldOffset(0x550)] public ulong Cr3;
    [FieldOffset(0x558)] public ulong Cr0;
    [FieldOffset(0x560)] public ulong Dr7;
    [FieldOffset(0x568)] public ulong Dr6;
    [FieldOffset(0x570)] public ulong Rflags;
    [FieldOffset(0x578)] public ulong Rip;
    [FieldOffset(0x5D8)] public ulong Rsp;
    [FieldOffset(0x5F8)] public ulong Rax;
    [FieldOffset(0x600)] public ulong Star;
    [FieldOffset(0x608)] public ulong Lstar;
    [FieldOffset(0x610)] public ulong Cstar;
    [FieldOffset(0x618)] public ulong Fmask;
    [FieldOffset(0x620)] public ulong KernelGsBase;
    [FieldOffset(0x628)] public ulong SysenterCs;
    [FieldOffset(0x630)] public ulong SysenterEsp;
    [FieldOffset(0x638)] public ulong SysenterEip;
    [FieldOffset(0x640)] public ulong Cr2;
    [FieldOffset(0x668)] public ulong Pat;
    [FieldOffset(0x670)] public ulong DebugControl;
}

// A segment register, and with base and limit alone a descriptor-table register.
[StructLayout(LayoutKind.Sequential)]
internal struct VmcbSegment
{
    // Bits 11:8 are those that a descriptor has in 55:52: what lies between is left out.
    private const int Upper = 4;
    private const uint UpperMask = 0xF000;
    private const uint Present = 0x80;

    public ushort Selector;
    public ushort Attributes;
    public uint Limit;
    public ulong Base;

    // A register that holds nothing usable is not present.
    public SegmentAccessRights Rights
    {
        readonly get => (Attributes & Present) == 0 ? SegmentAccessRights.Unusable
            : new((Attributes & 0xFFu) | ((uint)Attributes << Upper & UpperMask));
        set => Attributes = (ushort)(value.IsUnusable ? 0 : (value.Raw & 0xFF) | ((value.Raw & UpperMask) >> Upper));
    }
}

// What an entry makes the processor forget of translations. AMD APM 2 15.16.1 TLB Flush.
internal enum TlbControl : uint
{
    Nothing = 0,
    Everything = 1,
    OfThisAsid = 3,
}

// The virtual interrupt, and how physical ones are masked. AMD APM 2 15.21 Interrupt and Local APIC Support.
[Flags]
internal enum VirtualInterrupt : ulong
{
    None = 0,
    Requested = 1UL << 8,
    HighestPriority = 15UL << 16,
    IgnoreTaskPriority = 1UL << 20,

    // The guest's IF and CR8 are its own, and the host's IF masks physical interrupts.
    MaskedByHost = 1UL << 24,
}
