// The host's side of the VMCS that is not read from registers: which descriptor tables and selectors the host runs on,
// and where an exit lands. SDM 3C 26.5 Host-State Area.

namespace MinusOne.Hv.Vmx;

internal struct HostState
{
    public ulong GdtBase;
    public ulong IdtBase;
    public ulong TssBase;
    public ushort CodeSelector;
    public ushort DataSelector;
    public ushort TaskSelector;

    // Where Cpu.Enter's guest comes back.
    public ulong ExitAddress;
}
