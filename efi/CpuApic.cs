// The local APIC of the processor we run on: through MSRs in x2APIC mode, through its page otherwise. SDM 3A 12.4.1 The
// Local APIC Block Diagram, 12.12 Extended XAPIC (x2APIC). The page is uncacheable by its MTRR.

using System.Runtime.CompilerServices;

namespace MinusOne.Hv.Seam;

internal static unsafe partial class Cpu
{
    private const ulong X2Mode = 1UL << 10;
    private const ulong IoApicSelect = 0xFEC0_0000;
    private const ulong IoApicWindow = 0xFEC0_0010;
    private const ulong PageMask = 0x000F_FFFF_FFFF_F000;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static partial uint ReadApic(uint offset)
    {
        ulong apicBase = ReadMsr(Msr.ApicBase);
        return (apicBase & X2Mode) != 0
            ? (uint)ReadMsr((uint)Msr.X2ApicBase + (offset >> 4))
            : *(uint*)((apicBase & PageMask) + offset);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static partial void WriteApic(uint offset, uint value)
    {
        ulong apicBase = ReadMsr(Msr.ApicBase);
        if ((apicBase & X2Mode) != 0)
        {
            WriteMsr((uint)Msr.X2ApicBase + (offset >> 4), value);
        }
        else
        {
            *(uint*)((apicBase & PageMask) + offset) = value;
        }
    }

    public static partial void WriteIoApic(uint register, uint value)
    {
        *(uint*)IoApicSelect = register;
        *(uint*)IoApicWindow = value;
    }
}
