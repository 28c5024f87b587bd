// The memory type of every physical address, as the firmware left it in the MTRRs. SDM 3A 13.11 Memory Type Range
// Registers (MTRRs). Read once; leaves out SMRRs (they concern SMM alone) and writing.
namespace MinusOne.Hv.Memory;

internal unsafe struct Mtrr
{
    // MSRs 200H up to the first fixed range leave room for 40 pairs.
    private const int MaximumVariableRanges = 40;
    private const int FixedRegisters = 11;
    private const ulong FixedLimit = 0x10_0000;
    private const uint MtrrFeature = 1u << 12;
    private const ulong FixedSupported = 1UL << 8;
    private const ulong FixedEnabled = 1UL << 10;
    private const ulong Enabled = 1UL << 11;
    private const ulong Valid = 1UL << 11;

    private fixed ulong _fixed[FixedRegisters];
    private fixed ulong _base[MaximumVariableRanges];
    private fixed ulong _mask[MaximumVariableRanges];
    private int _variableRanges;
    private bool _hasFixed;
    private MemoryType _default;

    // What a processor without MTRRs does: paging alone decides.
    public static Mtrr None => new() { _default = MemoryType.WriteBack };

    // Only registers that CPUID and IA32_MTRRCAP promise. While the MTRRs are off, everything is uncacheable.
    public static Mtrr Read(int physicalAddressWidth)
    {
        bool hasMtrrs = (Cpu.Cpuid(1).Edx & MtrrFeature) != 0;
        ulong capabilities = hasMtrrs ? Cpu.ReadMsr(Msr.MtrrCap) : 0;
        ulong defaultType = hasMtrrs ? Cpu.ReadMsr(Msr.MtrrDefType) : 0;
        if ((defaultType & Enabled) == 0)
        {
            return hasMtrrs ? default : None;
        }

        Mtrr mtrr = new() { _default = TypeOf(defaultType) };
        mtrr._hasFixed = (capabilities & FixedSupported) != 0 && (defaultType & FixedEnabled) != 0;
        for (uint i = 0; mtrr._hasFixed && i < FixedRegisters; i++)
        {
            mtrr._fixed[i] = Cpu.ReadMsr(FixedMsr(i));
        }

        ulong addressMask = (1UL << physicalAddressWidth) - 0x1000;
        uint end = 2 * Math.Min((uint)capabilities & 0xFF, MaximumVariableRanges);
        for (uint pair = 0; pair < end; pair += 2)
        {
            ulong mask = Cpu.ReadMsr((uint)Msr.MtrrPhysMask0 + pair);
            if ((mask & Valid) != 0)
            {
                mtrr._base[mtrr._variableRanges] = Cpu.ReadMsr((uint)Msr.MtrrPhysBase0 + pair) & (addressMask | 0xFF);
                mtrr._mask[mtrr._variableRanges++] = mask & addressMask;
            }
        }

        return mtrr;
    }

    private static uint FixedMsr(uint i) => i == 0 ? (uint)Msr.MtrrFix64K00000
        : i < 3 ? (uint)Msr.MtrrFix16K80000 + i - 1
        : (uint)Msr.MtrrFix4KC0000 + i - 3;

    public readonly MemoryType TypeAt(Hpa address)
    {
        TryTypeOfBlock(address.Page.Value, 0x1000, out MemoryType type);
        return type;
    }

    // How far, from a page on and up to a limit, the type stays the same.
    public readonly Hpa UniformEnd(Hpa start, Hpa limit, out MemoryType type)
    {
        type = TypeAt(start);
        while (start < limit)
        {
            // The largest block that starts here; halved until no border runs through it, which a page never has.
            ulong size = 1UL << BitOperations.Log2(limit - start);
            ulong alignment = start.Value & (~start.Value + 1);
            size = alignment != 0 && alignment < size ? alignment : size;
            MemoryType here;
            while (!TryTypeOfBlock(start.Value, size, out here))
            {
                size >>= 1;
            }

            if (here != type)
            {
                break;
            }

            start += size;
        }

        return start;
    }

    // The type of an aligned block of a power of two bytes. False: the border of a range runs through it.
    private readonly bool TryTypeOfBlock(ulong start, ulong size, out MemoryType type)
    {
        if (_hasFixed && start < FixedLimit)
        {
            return TryTypeOfFixed(start, size, out type);
        }

        uint seen = 0;
        for (int i = 0; i < _variableRanges; i++)
        {
            if (((start ^ _base[i]) & _mask[i] & ~(size - 1)) != 0)
            {
                continue;
            }

            if ((_mask[i] & (size - 1)) != 0)
            {
                type = default;
                return false;
            }

            seen |= 1u << (int)TypeOf(_base[i]);
        }

        type = Combine(seen);
        return true;
    }

    private readonly bool TryTypeOfFixed(ulong start, ulong size, out MemoryType type)
    {
        int register = 0, shift = 16;
        if (start >= 0xC_0000)
        {
            register = 3 + (int)((start - 0xC_0000) >> 15);
            shift = 12;
        }
        else if (start >= 0x8_0000)
        {
            register = 1 + (int)((start - 0x8_0000) >> 17);
            shift = 14;
        }

        type = TypeOf(_fixed[register] >> (8 * ((int)(start >> shift) & 7)));
        return size <= 1UL << shift;
    }

    // SDM 3A 13.11.4.1 MTRR Precedences. What it leaves undefined is uncacheable here: slow, and never wrong.
    private readonly MemoryType Combine(uint seen)
    {
        const uint WriteThroughAndBack = (1u << (int)MemoryType.WriteThrough) | (1u << (int)MemoryType.WriteBack);
        return seen switch
        {
            0 => _default,
            1u << (int)MemoryType.WriteCombining => MemoryType.WriteCombining,
            1u << (int)MemoryType.WriteProtected => MemoryType.WriteProtected,
            1u << (int)MemoryType.WriteBack => MemoryType.WriteBack,
            1u << (int)MemoryType.WriteThrough or WriteThroughAndBack => MemoryType.WriteThrough,
            _ => MemoryType.Uncacheable,
        };
    }

    // Reserved encodings are taken for uncacheable.
    private static MemoryType TypeOf(ulong register)
    {
        var type = (MemoryType)(byte)register;
        return type is MemoryType.WriteCombining or MemoryType.WriteThrough or MemoryType.WriteProtected
            or MemoryType.WriteBack ? type : MemoryType.Uncacheable;
    }
}
