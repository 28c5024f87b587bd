// The MSRs of the preset processors, as they are when firmware hands over.
namespace MinusOne.Tests.Model;

internal static class PresetMsrs
{
    public const ulong Misc = 0x6004_01E0;

    public static void Common(SoftProcessor cpu)
    {
        void Set(Msr msr, ulong value) => cpu.Msrs[(uint)msr] = value;
        Set(Msr.TimeStampCounter, 0);
        Set(Msr.TscAdjust, 0);
        Set(Msr.ApicBase, 0xFEE0_0900);
        Set(Msr.MiscEnable, 1);
        Set(Msr.MachineCheckCap, 0);
        Set(Msr.MachineCheckStatus, 0);
        Set(Msr.MicrocodeSignature, 0);
        Set(Msr.SysenterCs, 0);
        Set(Msr.SysenterEsp, 0);
        Set(Msr.SysenterEip, 0);
        Set(Msr.DebugCtl, 0);
        Set(Msr.Pat, 0x0007_0406_0007_0406);
        Set(Msr.Efer, 0xD01);
        Set(Msr.Star, 0);
        Set(Msr.Lstar, 0);
        Set(Msr.Cstar, 0);
        Set(Msr.Fmask, 0);
        Set(Msr.FsBase, 0);
        Set(Msr.GsBase, 0);
        Set(Msr.KernelGsBase, 0);
        Set(Msr.TscAux, 0);
        Mtrrs(cpu);
    }

    public static void Vmx(SoftProcessor cpu)
    {
        void Set(Msr msr, ulong value) => cpu.Msrs[(uint)msr] = value;
        Set(Msr.FeatureControl, 0);
        Set(Msr.PlatformId, 0);
        Set(Msr.Xss, 0);
        Set(Msr.VmxBasic, 0x00D8_1000_0000_002B);
        Set(Msr.VmxPinControls, 0x0000_007F_0000_0016);
        Set(Msr.VmxPrimaryControls, 0xF7F9_FFFE_0401_E172);
        Set(Msr.VmxExitControls, 0x007F_EFFF_0003_6DFF);
        Set(Msr.VmxEntryControls, 0x0000_D3FF_0000_11FF);
        Set(Msr.VmxMisc, Misc);
        Set(Msr.VmxCr0Fixed0, 0x8000_0021);
        Set(Msr.VmxCr0Fixed1, 0xFFFF_FFFF);
        Set(Msr.VmxCr4Fixed0, 0x2000);
        Set(Msr.VmxCr4Fixed1, 0x0077_67FF);
        Set(Msr.VmxVmcsEnum, 0x34);
        Set(Msr.VmxSecondaryControls, 0x0217_7FFF_0000_0000);
        Set(Msr.VmxEptVpidCap, 0x0000_0F01_0633_4141);
        Set(Msr.VmxTruePinControls, 0x0000_007F_0000_0016);
        Set(Msr.VmxTruePrimaryControls, 0xF7F9_FFFE_0400_6172);
        Set(Msr.VmxTrueExitControls, 0x007F_EFFF_0003_6DFB);
        Set(Msr.VmxTrueEntryControls, 0x0000_D3FF_0000_11FB);
        Set(Msr.VmxVmFunctions, 1);
    }

    // VM_CR is open, and no host save area is known.
    public static void Svm(SoftProcessor cpu)
    {
        cpu.Msrs[(uint)SvmMsr.VmCr] = 0;
        cpu.Msrs[(uint)SvmMsr.HostSavePage] = 0;
        cpu.Msrs[(uint)Msr.Xss] = 0;
    }

    // Write-back from 0, uncached from 3 GiB to 4 GiB, the legacy video hole.
    private static void Mtrrs(SoftProcessor cpu)
    {
        void Set(Msr msr, ulong value) => cpu.Msrs[(uint)msr] = value;
        Set(Msr.MtrrCap, 0x508);
        Set(Msr.MtrrDefType, 0xC06);
        for (uint i = 0; i < 8; i++)
        {
            Set(Msr.MtrrPhysBase0 + (2 * i), 0);
            Set(Msr.MtrrPhysMask0 + (2 * i), 0);
        }

        Set(Msr.MtrrPhysBase0, 0xC000_0000);
        Set(Msr.MtrrPhysMask0, 0xFFFF_C000_0800);
        Set(Msr.MtrrFix64K00000, 0x0606_0606_0606_0606);
        Set(Msr.MtrrFix16K80000, 0x0606_0606_0606_0606);
        Set(Msr.MtrrFix16KA0000, 0);
        for (Msr msr = Msr.MtrrFix4KC0000; msr <= Msr.MtrrFix4KF8000; msr++)
        {
            Set(msr, 0x0505_0505_0505_0505);
        }
    }
}
