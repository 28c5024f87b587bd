// IA32_EFER. SDM 3A 2.2.1 Extended Feature Enable Register. AMD's further bits are left out.

namespace MinusOne.Hv.X86;

[Flags]
internal enum Efer : ulong
{
    None = 0,
    SyscallEnable = 1ul << 0,
    LongModeEnable = 1ul << 8,
    LongModeActive = 1ul << 10,
    ExecuteDisableEnable = 1ul << 11,
}
