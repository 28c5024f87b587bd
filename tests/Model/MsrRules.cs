// Which values WRMSR refuses with #GP, for the MSRs that have rules. SDM 4 2.1 Architectural MSRs. An MSR without an
// entry here takes every value.
namespace MinusOne.Tests.Model;

internal static class MsrRules
{
    public static bool Allow(SoftProcessor cpu, Msr msr, ulong old, ulong value) => msr switch
    {
        >= Msr.VmxBasic and <= Msr.VmxSecondaryExitControls => false,
        Msr.MtrrCap or Msr.MachineCheckCap or Msr.ArchCapabilities or Msr.PlatformId or Msr.PerfCapabilities => false,
        SvmMsr.HostSavePage => (value & 0xFFF) == 0 && value >> cpu.PhysicalAddressBits == 0,
        SvmMsr.VmCr => (value & ~0x1Ful) == 0 && ((old & 8) == 0 || ((value ^ old) & 0x18) == 0)
            && (!cpu.Svm.IsOn || (value & SvmMsr.VmCrDisabled) == 0),
        Msr.FeatureControl => (old & FeatureControl.Lock) == 0,
        Msr.Efer => AllowEfer(cpu, old, value),
        Msr.FsBase or Msr.GsBase or Msr.KernelGsBase or Msr.Lstar or Msr.Cstar => IsCanonical(value),
        Msr.SysenterEsp or Msr.SysenterEip => IsCanonical(value),
        Msr.Fmask or Msr.TscAux => value >> 32 == 0,
        Msr.Pat => AreMemoryTypes(value),
        Msr.ApicBase => (value & 0x2FF) == 0 && (value & 0xC00) != 0x400 && value >> cpu.PhysicalAddressBits == 0,
        Msr.DebugCtl => (value & ~0xFFC3ul) == 0,
        Msr.Xss => (value & ~SupportedXss(cpu)) == 0,
        Msr.MtrrDefType => (value & ~0xCFFul) == 0 && IsMtrrType(value & 0xFF),
        >= Msr.MtrrPhysBase0 and < (Msr)0x210 => AllowMtrr(cpu, ((uint)msr & 1) == 0, value),
        _ => true,
    };

    // WRMSR does not change LMA; only the processor does, with CR0.PG.
    public static ulong KeepLongModeActive(ulong old, ulong value) =>
        (value & ~(ulong)Efer.LongModeActive) | (old & (ulong)Efer.LongModeActive);

    public static bool IsCanonical(ulong address) => (ulong)((long)(address << 16) >> 16) == address;

    public static bool IsLongMode(this SoftProcessor cpu) =>
        !cpu.Msrs.TryGetValue((uint)Msr.Efer, out ulong efer) || (efer & (ulong)Efer.LongModeActive) != 0;

    private static bool AllowEfer(SoftProcessor cpu, ulong old, ulong value)
    {
        const Efer known = Efer.SyscallEnable | Efer.LongModeEnable | Efer.LongModeActive | Efer.ExecuteDisableEnable;
        bool changesLongMode = ((old ^ value) & (ulong)Efer.LongModeEnable) != 0;
        bool paging = (cpu.Cr0 & (ulong)Cr0.Paging) != 0;
        bool hasSvm = cpu.HasFeature(0x8000_0001, leaf => leaf.Ecx, 2)
            && cpu.Msrs.TryGetValue((uint)SvmMsr.VmCr, out ulong control) && (control & SvmMsr.VmCrDisabled) == 0;
        ulong mayBeOne = (ulong)known | (hasSvm ? SvmMsr.EferEnable : 0);
        return (value & ~mayBeOne) == 0 && !(changesLongMode && paging);
    }

    private static bool AreMemoryTypes(ulong pat)
    {
        for (int i = 0; i < 8; i++, pat >>= 8)
        {
            if ((pat & 0xFF) is 2 or 3 or > 7)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsMtrrType(ulong type) => type is 0 or 1 or 4 or 5 or 6;

    private static bool AllowMtrr(SoftProcessor cpu, bool isBase, ulong value)
    {
        bool inside = value >> cpu.PhysicalAddressBits == 0;
        return inside && (isBase ? (value & 0xF00) == 0 && IsMtrrType(value & 0xFF) : (value & 0x7FF) == 0);
    }

    private static ulong SupportedXss(SoftProcessor cpu)
    {
        CpuidResult leaf = cpu.Cpuid(0xD, 1);
        return leaf.Ecx | ((ulong)leaf.Edx << 32);
    }
}
