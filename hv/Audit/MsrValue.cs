// Which values WRMSR takes for the MSRs that an entry or an exit loads. SDM 4 2.1 Architectural MSRs. An MSR that is
// not listed takes anything.

namespace MinusOne.Hv.Audit;

internal static class MsrValue
{
    // CET controls: bits 9:6 are reserved, and the tracker is not both suppressed and waiting.
    private const ulong CetReserved = 0x3C0;
    private const ulong CetSuppress = 1ul << 10;
    private const ulong CetTracker = 1ul << 11;

    // LBR controls: enable, two rings, call stack, and seven branch types.
    private const ulong LbrDefined = 0x007F_000F;

    // RTIT controls: everything that some processor defines.
    private const ulong RtitDefined = 0x0180_FFFF_8FFF_FFFF;

    public static bool IsLoadable(Msr msr, ulong value, in RegisterLimits limits) => msr switch
    {
        Msr.Efer => IsEfer(value, limits),
        Msr.Pat => IsPat(value),
        Msr.DebugCtl => IsDebugCtl(value, limits),
        Msr.PerfGlobalCtrl => IsPerfGlobalCtrl(value, limits),
        Msr.TscAux or Msr.Pkrs => IsPkrs(value),
        Msr.SysenterEsp or Msr.SysenterEip or Msr.Lstar or Msr.Cstar or Msr.KernelGsBase => limits.IsCanonical(value),
        _ => true,
    };

    public static bool IsEfer(ulong value, in RegisterLimits limits) => (value & ~(ulong)limits.Efer) == 0;

    public static bool IsDebugCtl(ulong value, in RegisterLimits limits) => (value & ~(ulong)limits.DebugCtl) == 0;

    public static bool IsPerfGlobalCtrl(ulong value, in RegisterLimits limits) => (value & ~limits.PerfGlobalCtrl) == 0;

    // Each byte is a memory type; 2 and 3 are none.
    public static bool IsPat(ulong value)
    {
        for (int shift = 0; shift < 64; shift += 8)
        {
            if ((value >> shift & 0xFF) is 2 or 3 or > 7)
            {
                return false;
            }
        }

        return true;
    }

    public static bool IsPkrs(ulong value) => value <= uint.MaxValue;

    public static bool IsBndCfgs(ulong value, in RegisterLimits limits) =>
        (value & 0xFFC) == 0 && limits.IsCanonical(value & ~0xFFFul);

    public static bool IsCet(ulong value, in RegisterLimits limits) =>
        (value & CetReserved) == 0
        && (value & (CetSuppress | CetTracker)) != (CetSuppress | CetTracker)
        && limits.IsCanonical(value & ~0xFFFul);

    public static bool IsLbrCtl(ulong value) => (value & ~LbrDefined) == 0;

    public static bool IsRtitCtl(ulong value) => (value & ~RtitDefined) == 0;
}
