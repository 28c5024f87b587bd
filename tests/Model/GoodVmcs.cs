// VMCSs that every processor with EPT and unrestricted guest enters: one for each kind of guest. Tests break one
// thing in them.
namespace MinusOne.Tests.Model;

internal static class GoodVmcs
{
    public static VmcsImage RealMode()
    {
        VmcsImage vmcs = Unrestricted();
        Segments(vmcs, 0x9B, 0x93, 0xFFFF);
        vmcs[VmcsNatural.GuestCr0] = 0x30;
        vmcs[VmcsNatural.GuestRip] = 0x7C00;
        return vmcs;
    }

    public static VmcsImage Protected32()
    {
        VmcsImage vmcs = Unrestricted();
        Segments(vmcs, 0xC09B, 0xC093, 0xFFFF_FFFF);
        Selectors(vmcs);
        vmcs[VmcsNatural.GuestCr0] = 0x31;
        vmcs[VmcsNatural.GuestRip] = 0x10_0000;
        return vmcs;
    }

    // Paging is on, so neither this guest nor the next needs to be unrestricted.
    public static VmcsImage Pae32()
    {
        VmcsImage vmcs = Restricted();
        Segments(vmcs, 0xC09B, 0xC093, 0xFFFF_FFFF);
        Selectors(vmcs);
        Paging(vmcs);
        vmcs[Vmcs64.GuestPdpte0] = 0x2001;
        vmcs[Vmcs64.GuestPdpte3] = 0x3019;
        vmcs[VmcsNatural.GuestRip] = 0xC010_0000;
        return vmcs;
    }

    public static VmcsImage Long64()
    {
        VmcsImage vmcs = Restricted();
        Segments(vmcs, 0xA09B, 0xC093, 0xFFFF_FFFF);
        Selectors(vmcs);
        Paging(vmcs);
        vmcs[Vmcs32.EntryControls] |= (uint)EntryControls.Ia32eModeGuest;
        vmcs[Vmcs64.GuestEfer] = 0xD01;
        vmcs[VmcsNatural.GuestRip] = 0xFFFF_8000_0010_0000;
        return vmcs;
    }

    public static VmcsImage Virtual8086()
    {
        VmcsImage vmcs = Restricted();
        Segments(vmcs, 0xF3, 0xF3, 0xFFFF);
        Paging(vmcs);
        vmcs[VmcsNatural.GuestCr4] = 0x2000;
        vmcs[VmcsNatural.GuestRflags] = 0x2_0002;
        vmcs[VmcsNatural.GuestRip] = 0x100;
        vmcs[Vmcs16.GuestCsSelector] = 0x1234;
        vmcs[VmcsNatural.GuestCsBase] = 0x1_2340;
        return vmcs;
    }

    private static VmcsImage Unrestricted()
    {
        VmcsImage vmcs = Restricted();
        vmcs[Vmcs32.SecondaryControls] |= (uint)SecondaryControls.UnrestrictedGuest;
        return vmcs;
    }

    private static VmcsImage Restricted()
    {
        var vmcs = new VmcsImage();
        Controls(vmcs);
        Host(vmcs);
        vmcs[VmcsNatural.GuestCr4] = 0x2000;
        vmcs[VmcsNatural.GuestRflags] = 2;
        vmcs[VmcsNatural.GuestDr7] = 0x400;
        vmcs[Vmcs64.GuestPat] = 0x0007_0406_0007_0406;
        vmcs[Vmcs32.GuestGdtrLimit] = 0xFFFF;
        vmcs[Vmcs32.GuestIdtrLimit] = 0x3FF;
        vmcs[Vmcs32.GuestTrLimit] = 0x67;
        vmcs[Vmcs32.GuestTrAccessRights] = 0x8B;
        vmcs[Vmcs32.GuestLdtrAccessRights] = 0x1_0000;
        vmcs[Vmcs64.VmcsLinkPointer] = ulong.MaxValue;
        return vmcs;
    }

    private static void Controls(VmcsImage vmcs)
    {
        vmcs[Vmcs32.PinControls] = 0x16 | (uint)(PinControls.ExternalInterruptExiting | PinControls.NmiExiting
            | PinControls.VirtualNmis | PinControls.PreemptionTimer);
        vmcs[Vmcs32.PrimaryControls] = 0x0400_6172 | (uint)(PrimaryControls.HltExiting | PrimaryControls.UseIoBitmaps
            | PrimaryControls.UseMsrBitmaps | PrimaryControls.ActivateSecondaryControls);
        vmcs[Vmcs32.SecondaryControls] = (uint)(SecondaryControls.EnableEpt | SecondaryControls.EnableVpid);
        vmcs[Vmcs32.ExitControls] = 0x3_6DFB | (uint)(ExitControls.SaveDebugControls
            | ExitControls.HostAddressSpaceSize | ExitControls.AcknowledgeInterruptOnExit | ExitControls.SavePat
            | ExitControls.LoadPat | ExitControls.SaveEfer | ExitControls.LoadEfer
            | ExitControls.SavePreemptionTimerValue);
        vmcs[Vmcs32.EntryControls] = 0x11FB
            | (uint)(EntryControls.LoadDebugControls | EntryControls.LoadPat | EntryControls.LoadEfer);
        vmcs[Vmcs16.VirtualProcessorId] = 1;
        vmcs[Vmcs64.IoBitmapA] = 0x1_0000;
        vmcs[Vmcs64.IoBitmapB] = 0x1_1000;
        vmcs[Vmcs64.MsrBitmaps] = 0x1_2000;
        vmcs[Vmcs64.EptPointer] = 0x2_005E;
    }

    private static void Host(VmcsImage vmcs)
    {
        vmcs[VmcsNatural.HostCr0] = 0x8001_0033;
        vmcs[VmcsNatural.HostCr3] = 0x3_0000;
        vmcs[VmcsNatural.HostCr4] = 0x2668;
        vmcs[Vmcs16.HostCsSelector] = 0x08;
        vmcs[Vmcs16.HostSsSelector] = 0x10;
        vmcs[Vmcs16.HostDsSelector] = 0x10;
        vmcs[Vmcs16.HostEsSelector] = 0x10;
        vmcs[Vmcs16.HostTrSelector] = 0x18;
        vmcs[VmcsNatural.HostTrBase] = 0x4_0000;
        vmcs[VmcsNatural.HostGdtrBase] = 0x4_1000;
        vmcs[VmcsNatural.HostIdtrBase] = 0x4_2000;
        vmcs[Vmcs64.HostPat] = 0x0007_0406_0007_0406;
        vmcs[Vmcs64.HostEfer] = 0xD00;
        vmcs[VmcsNatural.HostRsp] = 0x5_0000;
        vmcs[VmcsNatural.HostRip] = 0x6_0000;
    }

    private static void Segments(VmcsImage vmcs, uint codeRights, uint dataRights, uint limit)
    {
        for (GuestSegment segment = GuestSegment.Es; segment <= GuestSegment.Gs; segment++)
        {
            vmcs[GuestSegmentFields.AccessRights(segment)] = segment == GuestSegment.Cs ? codeRights : dataRights;
            vmcs[GuestSegmentFields.Limit(segment)] = limit;
        }
    }

    private static void Selectors(VmcsImage vmcs)
    {
        for (GuestSegment segment = GuestSegment.Es; segment <= GuestSegment.Gs; segment++)
        {
            vmcs[GuestSegmentFields.Selector(segment)] = 0x10;
        }

        vmcs[Vmcs16.GuestCsSelector] = 0x08;
        vmcs[Vmcs16.GuestTrSelector] = 0x18;
    }

    private static void Paging(VmcsImage vmcs)
    {
        vmcs[VmcsNatural.GuestCr0] = 0x8001_0031;
        vmcs[VmcsNatural.GuestCr3] = 0x1000;
        vmcs[VmcsNatural.GuestCr4] = 0x2020;
    }
}
