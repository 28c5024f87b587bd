// What a processor says about its VMX and its registers, for tests: one that can do everything the manual knows, and
// the emulated one the project is measured on. Tests take away from the first what they want to miss.
namespace MinusOne.Tests.Model;

internal sealed class ProcessorFacts
{
    public VmxCapabilities Vmx;
    public RegisterLimits Limits;

    public static ProcessorFacts Everything()
    {
        var facts = new ProcessorFacts();
        facts.Vmx.Basic = new VmxBasic(0x00D8_1000_0000_002B);
        facts.Vmx.Misc = new VmxMisc(0x6004_01E0);
        facts.Vmx.EptVpid = new EptVpidCapabilities(0x0034_0F01_06F3_41C1);
        facts.Vmx.Pin = new AllowedControls(0x0000_00FF_0000_0016);
        facts.Vmx.Primary = new AllowedControls(0xFFFB_FFFE_0400_6172);
        facts.Vmx.Secondary = new AllowedControls(0xFFFF_FFFF_0000_0000);
        facts.Vmx.Exit = new AllowedControls(0xFFFF_FFFF_0003_6DFB);
        facts.Vmx.Entry = new AllowedControls(0x01FF_FFFF_0000_11FB);
        facts.Vmx.TertiaryMayBeOne = 0x1DF;
        facts.Vmx.SecondaryExitMayBeOne = 0xF;
        facts.Vmx.VmFunctions = 1;
        facts.Vmx.Cr0MustBeOne = 0x8000_0021;
        facts.Vmx.Cr0MayBeOne = 0xFFFF_FFFF;
        facts.Vmx.Cr4MustBeOne = 0x2000;
        facts.Vmx.Cr4MayBeOne = 0x01F7_7FFF;
        facts.SetLimits();
        return facts;
    }

    public static ProcessorFacts Emulated()
    {
        ProcessorFacts facts = Everything();
        facts.Vmx.EptVpid = new EptVpidCapabilities(0x0000_0F01_0633_4141);
        facts.Vmx.Pin = new AllowedControls(0x0000_007F_0000_0016);
        facts.Vmx.Primary = new AllowedControls(0xF7F9_FFFE_0400_6172);
        facts.Vmx.Secondary = new AllowedControls(0x0217_7FFF_0000_0000);
        facts.Vmx.Exit = new AllowedControls(0x007F_FFFF_0003_6DFB);
        facts.Vmx.Entry = new AllowedControls(0x0000_FFFF_0000_11FB);
        facts.Vmx.TertiaryMayBeOne = 0;
        facts.Vmx.SecondaryExitMayBeOne = 0;
        facts.Vmx.Cr4MayBeOne = 0x0037_67FF;
        return facts;
    }

    private void SetLimits()
    {
        Limits.PhysicalAddressBits = 40;
        Limits.LinearAddressBits = 48;
        Limits.Efer = Efer.SyscallEnable | Efer.LongModeEnable | Efer.LongModeActive | Efer.ExecuteDisableEnable;
        Limits.DebugCtl = (DebugCtl)0x7FC3;
        Limits.PerfGlobalCtrl = 0x7_0000_000F;
    }
}
