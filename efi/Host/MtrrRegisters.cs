// The MTRRs of a processor as they stand in its registers. All processors must have the same: SDM 3A 13.11.8 MTRR
// Considerations in MP Systems.

using System.Runtime.CompilerServices;

namespace MinusOne.Efi.Host;

internal struct MtrrRegisters
{
    private const uint MtrrFeature = 1u << 12;
    private const uint FixedSupported = 1u << 8;
    private const ulong Enabled = 1UL << 11;
    private const uint MostPairs = 40;
    private const uint FixedCount = 11;

    private Values _values;
    private uint _pairs;
    private uint _fixed;
    private ulong _default;

    public void Read()
    {
        bool areThere = (Cpu.Cpuid(1).Edx & MtrrFeature) != 0;
        ulong capabilities = areThere ? Cpu.ReadMsr(Msr.MtrrCap) : 0;
        _default = areThere ? Cpu.ReadMsr(Msr.MtrrDefType) : 0;
        _pairs = System.Math.Min((uint)capabilities & 0xFF, MostPairs);
        _fixed = (capabilities & FixedSupported) != 0 ? FixedCount : 0;
        for (uint i = 0; i < _fixed + (2 * _pairs); i++)
        {
            _values[(int)i] = Cpu.ReadMsr(PlaceOf(i));
        }
    }

    // A processor whose MTRRs are off keeps nothing in its caches that could be of another type now: INIT leaves them
    // so in QEMU. Where they are on they stay.
    public readonly void WriteWhereOff()
    {
        if ((_default & Enabled) == 0 || (Cpu.ReadMsr(Msr.MtrrDefType) & Enabled) != 0)
        {
            return;
        }

        for (uint i = 0; i < _fixed + (2 * _pairs); i++)
        {
            Cpu.WriteMsr(PlaceOf(i), _values[(int)i]);
        }

        Cpu.WriteMsr(Msr.MtrrDefType, _default);
        Cpu.WriteCr3(Cpu.ReadCr3());
    }

    // The variable ones behind the fixed ones.
    private readonly uint PlaceOf(uint i) => i >= _fixed ? (uint)Msr.MtrrPhysBase0 + i - _fixed
        : i == 0 ? (uint)Msr.MtrrFix64K00000
        : i < 3 ? (uint)Msr.MtrrFix16K80000 + i - 1
        : (uint)Msr.MtrrFix4KC0000 + i - 3;

    [InlineArray((int)(FixedCount + (2 * MostPairs)))]
    private struct Values
    {
        private ulong _first;
    }
}
