// What this processor's VMX can do, read once from its capability MSRs. SDM 3D Appendix A VMX Capability Reporting
// Facility. An MSR is read only where another announces it: elsewhere reading it is a #GP. Control words are kept as
// the MSRs have them: low half what must be 1, high half what may be 1; TRUE variants win.
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
        bool hasSecondary = Primary.MayBeOne((uint)PrimaryControls.ActivateSecondaryControls);
        bool hasTertiary = Primary.MayBeOne((uint)PrimaryControls.ActivateTertiaryControls);
        bool hasSecondaryExit = Exit.MayBeOne((uint)ExitControls.ActivateSecondaryControls);
        Secondary = new AllowedControls(Read(Msr.VmxSecondaryControls, hasSecondary));
        TertiaryMayBeOne = Read(Msr.VmxTertiaryControls, hasTertiary);
        SecondaryExitMayBeOne = Read(Msr.VmxSecondaryExitControls, hasSecondaryExit);
        bool hasEptOrVpid = Secondary.MayBeOne((uint)SecondaryControls.EnableEpt)
            || Secondary.MayBeOne((uint)SecondaryControls.EnableVpid);
        EptVpid = new EptVpidCapabilities(Read(Msr.VmxEptVpidCap, hasEptOrVpid));
        VmFunctions = Read(Msr.VmxVmFunctions, Secondary.MayBeOne((uint)SecondaryControls.EnableVmFunctions));
    }

    private static ulong Read(Msr msr, bool isThere = true) => isThere ? Cpu.ReadMsr(msr) : 0;
}

// IA32_VMX_BASIC. SDM 3D A.1 Basic VMX Information.
internal readonly struct VmxBasic(ulong raw)
{
    public readonly ulong Raw = raw;

    public uint RevisionId => (uint)Raw & 0x7FFF_FFFF;

    // Bytes to set aside for the VMXON region and each VMCS; at most 4096.
    public uint RegionSize => (uint)(Raw >> 32) & 0x1FFF;

    // Always false on a processor with Intel 64.
    public bool AddressesLimitedTo32Bits => (Raw & (1ul << 48)) != 0;

    // Exits due to INS and OUTS come with instruction information.
    public bool HasStringInformation => (Raw & (1ul << 54)) != 0;

    // The four TRUE capability MSRs exist.
    public bool TrueControls => (Raw & (1ul << 55)) != 0;

    // A hardware exception may be injected with or without error code, whatever its vector.
    public bool AnyErrorCode => (Raw & (1ul << 56)) != 0;
    public bool NestedExceptions => (Raw & (1ul << 58)) != 0;
}

// IA32_VMX_MISC. SDM 3D A.6 Miscellaneous Data.
internal readonly struct VmxMisc(ulong raw)
{
    public readonly ulong Raw = raw;

    // The preemption timer counts down by 1 each time this bit of the TSC changes.
    public int PreemptionTimerShift => (int)(Raw & 0x1F);
    public bool HltActivityState => (Raw & (1ul << 6)) != 0;
    public bool ShutdownActivityState => (Raw & (1ul << 7)) != 0;
    public bool WaitForSipiActivityState => (Raw & (1ul << 8)) != 0;
    public uint Cr3TargetCount => (uint)(Raw >> 16) & 0x1FF;

    // Recommended most entries of an MSR area.
    public uint MaximumMsrListLength => 512 * (((uint)(Raw >> 25) & 7) + 1);

    // Software interrupts and exceptions may be injected with instruction length 0.
    public bool InjectionWithZeroLength => (Raw & (1ul << 30)) != 0;
}
