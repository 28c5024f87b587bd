// The processor that a guest is shown: which bits of each CPUID leaf it keeps of the real one. SDM 2A CPUID. Four masks
// a leaf, EAX, EBX, ECX, EDX; a leaf of zeros is not there. Hidden is what has no counterpart here: VMX, SMX,
// monitoring, performance counters, enclaves, processor trace, speculation control,
// protection keys, shadow stacks, five-level paging, AMX, XSAVEC and XSAVES (their sizes would contradict XCR0 as it is
// given). What is worked out rather than masked is CpuidExits' part.
namespace MinusOne.Hv.Processor;

internal static class CpuidFilter
{
    public const uint LastBasic = 0x16;
    public const uint FirstHypervisor = 0x4000_0000;
    public const uint LastHypervisor = 0x4000_0010;
    public const uint FirstExtended = 0x8000_0000;
    public const uint LastExtended = 0x8000_0008;

    // State components a guest may turn on in XCR0: x87, SSE, AVX and the three of AVX-512.
    public const XsaveStates States =
        XsaveStates.X87 | XsaveStates.Sse | XsaveStates.Avx | XsaveStates.OpMask | XsaveStates.ZmmHigh256
        | XsaveStates.HighZmm16;

    private const uint All = 0xFFFF_FFFF;

    private static ReadOnlySpan<uint> Basic =>
    [
        // 0: highest leaf, name of the maker. 1: version, features.
        All, All, All, All,
        0x0FFF_3FFF, 0x0000_FF00, 0x76DA_3203, 0x0F8B_FBFF,
        // 2: caches, by descriptors. 3: serial number. 4: caches, by parameters.
        All, All, All, All,
        0, 0, 0, 0,
        0x0000_3FFF, All, All, All,
        // 5: MONITOR. 6: power; the APIC timer never stops. 7: features.
        0, 0, 0, 0,
        0x0000_0004, 0, 0, 0,
        0, 0xFDBF_2FE9, 0x1A40_5F47, 0x0080_451C,
        // 8: reserved. 9: direct cache access. A: counters. B: topology, worked out.
        0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0,
        // C: reserved. D: XSAVE, worked out. E: reserved. F, 10: quality of service. 11: reserved.
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        // 12: SGX. 13: reserved. 14: processor trace. 15, 16: clocks, worked out.
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0,
    ];

    private static ReadOnlySpan<uint> Extended =>
    [
        // 0: highest leaf. 1: features. 2-4: brand.
        All, All, All, All,
        All, 0, 0x0000_0121, 0x2C10_0800,
        All, All, All, All,
        All, All, All, All,
        All, All, All, All,
        // 5: reserved. 6: second-level cache. 7: invariant TSC. 8: address sizes.
        0, 0, 0, 0,
        0, 0, All, 0,
        0, 0, 0, 0x0000_0100,
        0x0000_FFFF, 0, 0, 0,
    ];

    // A number beyond the last basic leaf answers as that leaf does on Intel's processors, with zeros on AMD's.
    public static uint Effective(uint leaf, bool hasHypervisor, bool isAmd) =>
        leaf <= LastBasic || (hasHypervisor && leaf is >= FirstHypervisor and < FirstHypervisor + 0x1000_0000)
            || leaf is >= FirstExtended and <= LastExtended
            ? leaf
            : isAmd ? uint.MaxValue : LastBasic;

    public static void Mask(uint leaf, ref CpuidResult result)
    {
        bool extended = leaf >= FirstExtended;
        ReadOnlySpan<uint> table = extended ? Extended : Basic;
        uint index = extended ? leaf - FirstExtended : leaf;
        if (index >= (uint)table.Length / 4)
        {
            result = default;
            return;
        }

        // The index was checked: no need to check each word again.
        ref uint row = ref Unsafe.Add(ref MemoryMarshal.GetReference(table), (int)index * 4);
        result.Eax &= row;
        result.Ebx &= Unsafe.Add(ref row, 1);
        result.Ecx &= Unsafe.Add(ref row, 2);
        result.Edx &= Unsafe.Add(ref row, 3);
    }
}
