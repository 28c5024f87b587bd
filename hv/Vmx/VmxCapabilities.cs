// What this processor's VMX can do, read once from its capability MSRs. SDM 3D Appendix A VMX Capability Reporting
// Facility. An MSR is read only where another announces it: elsewhere reading it is a #GP. Control words are kept as
// the MSRs have them: low half the bits that must be 1, high half the bits that may be 1; the TRUE variants win where
// they exist.

namespace MinusOne.Hv.Vmx;

internal struct VmxCapabilities
{
    public VmxBasic Basic;
    public VmxMisc Misc;
    public EptVpidCapabilities EptVpid;
    public AllowedControls Pin;
    public AllowedControls Primary;
    public AllowedControls Secondary;
    public AllowedControls Exit;
    public AllowedControls Entry;

    // 64 bits, all of them optional: the MSR has no "must be 1" half.
    public ulong TertiaryMayBeOne;
    public ulong SecondaryExitMayBeOne;
    public ulong VmFunctions;
    public ulong Cr0MustBeOne;
    public ulong Cr0MayBeOne;
    public ulong Cr4MustBeOne;
    public ulong Cr4MayBeOne;

    public static VmxCapabilities Read()
    {
        VmxCapabilities capabilities = default;
        capabilities.Basic = new VmxBasic(Read(Msr.VmxBasic));
        capabilities.Misc = new VmxMisc(Read(Msr.VmxMisc));
        capabilities.Cr0MustBeOne = Read(Msr.VmxCr0Fixed0);
        capabilities.Cr0MayBeOne = Read(Msr.VmxCr0Fixed1);
        capabilities.Cr4MustBeOne = Read(Msr.VmxCr4Fixed0);
        capabilities.Cr4MayBeOne = Read(Msr.VmxCr4Fixed1);
        bool isTrue = capabilities.Basic.TrueControls;
        capabilities.Pin = new AllowedControls(Read(isTrue ? Msr.VmxTruePinControls : Msr.VmxPinControls));
        capabilities.Primary = new AllowedControls(Read(isTrue ? Msr.VmxTruePrimaryControls : Msr.VmxPrimaryControls));
        capabilities.Exit = new AllowedControls(Read(isTrue ? Msr.VmxTrueExitControls : Msr.VmxExitControls));
        capabilities.Entry = new AllowedControls(Read(isTrue ? Msr.VmxTrueEntryControls : Msr.VmxEntryControls));
        capabilities.ReadAnnounced();
        return capabilities;
    }

    private void ReadAnnounced()
    {
        if (Primary.MayBeOne((uint)PrimaryControls.ActivateSecondaryControls))
        {
            Secondary = new AllowedControls(Read(Msr.VmxSecondaryControls));
        }

        if (Primary.MayBeOne((uint)PrimaryControls.ActivateTertiaryControls))
        {
            TertiaryMayBeOne = Read(Msr.VmxTertiaryControls);
        }

        if (Exit.MayBeOne((uint)ExitControls.ActivateSecondaryControls))
        {
            SecondaryExitMayBeOne = Read(Msr.VmxSecondaryExitControls);
        }

        if (Secondary.MayBeOne((uint)SecondaryControls.EnableEpt)
            || Secondary.MayBeOne((uint)SecondaryControls.EnableVpid))
        {
            EptVpid = new EptVpidCapabilities(Read(Msr.VmxEptVpidCap));
        }

        if (Secondary.MayBeOne((uint)SecondaryControls.EnableVmFunctions))
        {
            VmFunctions = Read(Msr.VmxVmFunctions);
        }
    }

    private static ulong Read(Msr msr) => Cpu.ReadMsr((uint)msr);
}
