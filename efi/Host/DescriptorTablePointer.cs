// The operand of LGDT and LIDT. SDM 3A 2.4 Memory-Management Registers.

using System.Runtime.InteropServices;

namespace MinusOne.Efi.Host;

[StructLayout(LayoutKind.Sequential, Pack = 2)]
internal struct DescriptorTablePointer
{
    public ushort Limit;
    public ulong Base;
}
