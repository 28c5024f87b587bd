// How a virtual processor begins, beside what every one has after reset.
namespace MinusOne.Hv.Processor;

internal struct StartState
{
    public StartMode Mode;
    public ulong Entry;
    public ulong CodeBase;
    public ulong Rsp;
    public ulong Rax;
    public ulong Rbx;

    // Bits that are set in RFLAGS, beside the one that always is.
    public ulong Rflags;
}

// Long mode is not among them: a guest that wants it goes there on its own.
internal enum StartMode : uint
{
    // CS base CodeBase, IP = Entry, all data segments base 0: where the C1 sample starts.
    Real = 0,

    // Flat 32-bit protected mode, paging off.
    Protected = 1,
}

// The host's side of the VMCS that is not read from registers: which descriptor tables and selectors the host runs on,
// and where an exit lands. SDM 3C 26.5 Host-State Area.
internal struct HostState
{
    public ulong GdtBase;
    public ulong IdtBase;
    public ulong TssBase;
    public ushort CodeSelector;
    public ushort DataSelector;
    public ushort TaskSelector;

    // The address at which VmxCpu.Enter's guest comes back.
    public ulong ExitAddress;
}
