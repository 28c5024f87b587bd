// Reads the MTRRs of the processor this runs on; only registers that CPUID and IA32_MTRRCAP promise.

namespace MinusOne.Hv.Memory;

internal static unsafe class MtrrReader
{
    private const uint MtrrFeature = 1u << 12;
    private const ulong FixedSupported = 1UL << 8;

    private static ReadOnlySpan<ushort> FixedRegisters =>
    [
        (ushort)Msr.MtrrFix64K00000, (ushort)Msr.MtrrFix16K80000, (ushort)Msr.MtrrFix16KA0000,
        (ushort)Msr.MtrrFix4KC0000, (ushort)Msr.MtrrFix4KC8000, (ushort)Msr.MtrrFix4KD0000, (ushort)Msr.MtrrFix4KD8000,
        (ushort)Msr.MtrrFix4KE0000, (ushort)Msr.MtrrFix4KE8000, (ushort)Msr.MtrrFix4KF0000, (ushort)Msr.MtrrFix4KF8000,
    ];

    public static Mtrr Read(int physicalAddressWidth)
    {
        CpuidResult features;
        Cpu.Cpuid(1, 0, &features);
        if ((features.Edx & MtrrFeature) == 0)
        {
            return Mtrr.None;
        }

        ulong capabilities = Cpu.ReadMsr(Msr.MtrrCap);
        bool hasFixed = (capabilities & FixedSupported) != 0;
        ulong defaultType = Cpu.ReadMsr(Msr.MtrrDefType);
        Mtrr mtrr = Mtrr.Create(hasFixed ? defaultType : defaultType & ~Mtrr.FixedEnabled, physicalAddressWidth);
        for (int i = 0; hasFixed && i < Mtrr.FixedRegisters; i++)
        {
            mtrr.SetFixed(i, Cpu.ReadMsr(FixedRegisters[i]));
        }

        uint ranges = Math.Min((uint)capabilities & 0xFF, Mtrr.MaximumVariableRanges);
        for (uint i = 0; i < ranges; i++)
        {
            mtrr.AddVariable(
                Cpu.ReadMsr((uint)Msr.MtrrPhysBase0 + (2 * i)), Cpu.ReadMsr((uint)Msr.MtrrPhysMask0 + (2 * i)));
        }

        return mtrr;
    }
}
