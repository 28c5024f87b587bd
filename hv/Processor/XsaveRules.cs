// The state that XSAVE manages and XCR0 turns on. SDM 1 13.3 Enabling the XSAVE Feature Set and XSAVE-Enabled Features.
// The guest's XCR0 stays loaded while the hypervisor runs, which uses nothing beyond SSE.
namespace MinusOne.Hv.Processor;

internal static class XsaveRules
{
    private const uint XsaveFeature = 1u << 26;
    private const int FirstExtended = 2;
    private const uint LegacyAndHeader = 576;
    private const XsaveStates Avx512 = XsaveStates.OpMask | XsaveStates.ZmmHigh256 | XsaveStates.HighZmm16;

    // What a guest may turn on here; nothing on a processor without XSAVE.
    public static XsaveStates Allowed =>
        (Cpu.Cpuid(1).Ecx & XsaveFeature) != 0 ? (XsaveStates)Cpu.Cpuid(0xD).Eax & CpuidFilter.States : 0;

    // The size of an XSAVE area with everything that is allowed.
    public static uint AreaBytes
    {
        get
        {
            uint bytes = LegacyAndHeader;
            var states = (uint)Allowed;
            for (int i = FirstExtended; i < 32; i++)
            {
                if ((states & (1u << i)) != 0)
                {
                    CpuidResult leaf = Cpu.Cpuid(0xD, (uint)i);
                    bytes = Math.Max(bytes, leaf.Eax + leaf.Ebx);
                }
            }

            return bytes;
        }
    }

    // SDM 2D XSETBV: x87 always, AVX only with SSE, AVX-512's three together and only with AVX.
    public static bool IsAllowed(XsaveStates written, XsaveStates allowed)
    {
        XsaveStates avx512 = written & Avx512;
        return (written & ~allowed) == 0
            && (written & XsaveStates.X87) != 0
            && ((written & XsaveStates.Avx) == 0 || (written & XsaveStates.Sse) != 0)
            && (avx512 == 0 || (avx512 == Avx512 && (written & XsaveStates.Avx) != 0));
    }
}

// State components of the XSAVE family: the bits of XCR0 that guests are given, and those between. SDM 1 13.1
// XSAVE-Supported Features and State-Component Bitmaps.
[Flags]
internal enum XsaveStates : ulong
{
    None = 0,
    X87 = 1ul << 0,
    Sse = 1ul << 1,
    Avx = 1ul << 2,
    BoundRegisters = 1ul << 3,
    BoundConfiguration = 1ul << 4,
    OpMask = 1ul << 5,
    ZmmHigh256 = 1ul << 6,
    HighZmm16 = 1ul << 7,
}
