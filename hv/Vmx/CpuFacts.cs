// Everything the start depends on, gathered once: identity, the firmware's lock, and VMX capabilities as far as they
// exist. The verdict is the first thing that is missing, asked in the order in which a user can mend it.
namespace MinusOne.Hv.Vmx;

internal struct CpuFacts
{
    public ProcessorExamination Processor;
    public FeatureControl FeatureControl;
    public VmxCapabilities Vmx;
    public bool HasVmxFacts;
    public bool FiveLevelPaging;

    // Code may lie in large pages. Elsewhere a guest that makes one of its own pages larger or smaller can stop the
    // processor for good. SDM 4 2.1 Architectural MSRs, IA32_ARCH_CAPABILITIES.IF_PSCHANGE_MC_NO.
    public bool HasLargeCode;

    public static CpuFacts Read()
    {
        CpuFacts facts = default;
        facts.Processor = ProcessorExamination.Read();
        facts.FiveLevelPaging = (Cpu.ReadCr4() & (ulong)Cr4.LinearAddresses57) != 0;
        facts.HasVmxFacts = facts.Processor.IsIntel && facts.Processor.HasVmx;
        if (facts.HasVmxFacts)
        {
            facts.FeatureControl = new FeatureControl(Cpu.ReadMsr((uint)Msr.FeatureControl));
            facts.Vmx = VmxCapabilities.Read();
            facts.HasLargeCode = (ArchitecturalCapabilities(facts.Processor.VendorLeaf.Eax) & (1 << 6)) != 0;
        }

        return facts;
    }

    // 0 where there are none: bit 29 of CPUID.7:EDX.
    private static ulong ArchitecturalCapabilities(uint lastLeaf) =>
        lastLeaf >= 7 && (Cpu.Cpuid(7).Edx & (1u << 29)) != 0 ? Cpu.ReadMsr(Msr.ArchCapabilities) : 0;

    public readonly Refusal Verdict =>
        !Processor.IsIntel ? Refusal.NotIntel
        : !Processor.HasVmx ? Refusal.NoVmx
        : FeatureControl.IsLocked && !FeatureControl.AllowsVmx ? Refusal.LockedOff
        : !Has(PrimaryControls.ActivateSecondaryControls) ? Refusal.NoSecondaryControls
        : !Has(SecondaryControls.EnableEpt) ? Refusal.NoEpt
        : !Has(SecondaryControls.UnrestrictedGuest) ? Refusal.NoUnrestrictedGuest
        : !(Vmx.EptVpid.FourLevelWalk && Vmx.EptVpid.WriteBackTables) ? Refusal.NoFourLevelWriteBackEpt
        : !(Vmx.EptVpid.Invept && (Vmx.EptVpid.InveptSingleContext || Vmx.EptVpid.InveptAllContexts)) ? Refusal.NoInvept
        : !Has(PrimaryControls.UseIoBitmaps) ? Refusal.NoIoBitmaps
        : !Has(PrimaryControls.UseMsrBitmaps) ? Refusal.NoMsrBitmaps
        : !Vmx.Exit.MayBeOne((uint)ExitControls.HostAddressSpaceSize) ? Refusal.No64BitHost
        : !HasEferSwitch ? Refusal.NoEferSwitch
        : FiveLevelPaging ? Refusal.FiveLevelPaging
        : Refusal.None;

    public readonly bool HasEferSwitch =>
        Vmx.Exit.MayBeOne((uint)(ExitControls.SaveEfer | ExitControls.LoadEfer))
            && Vmx.Entry.MayBeOne((uint)EntryControls.LoadEfer);

    public readonly bool Has(PinControls bits) => Vmx.Pin.MayBeOne((uint)bits);
    public readonly bool Has(PrimaryControls bits) => Vmx.Primary.MayBeOne((uint)bits);
    public readonly bool Has(SecondaryControls bits) => Vmx.Secondary.MayBeOne((uint)bits);
}

// What the processor says it is: CPUID only, so it can be asked on any x86-64. SDM 2A CPUID.
internal struct ProcessorExamination
{
    public CpuidResult VendorLeaf;
    public CpuidResult Features;
    public int PhysicalAddressBits;
    public bool HasPages1G;

    public static ProcessorExamination Read() => new()
    {
        VendorLeaf = Cpu.Cpuid(0),
        Features = Cpu.Cpuid(1),
        PhysicalAddressBits = (byte)RegisterLimits.AddressSizes,
        HasPages1G = (Cpu.Cpuid(0x8000_0001).Edx & (1u << 26)) != 0,
    };

    // "GenuineIntel" in the registers' own order: EBX, EDX, ECX.
    public readonly bool IsIntel =>
        VendorLeaf.Ebx == 0x756E_6547 && VendorLeaf.Edx == 0x4965_6E69 && VendorLeaf.Ecx == 0x6C65_746E;

    public readonly bool HasVmx => (Features.Ecx & (1u << 5)) != 0;
    public readonly bool UnderHypervisor => (Features.Ecx & (1u << 31)) != 0;
    public readonly uint Family => BaseFamily == 0xF ? 0xF + ((Signature >> 20) & 0xFF) : BaseFamily;
    public readonly uint Model => ((Signature >> 4) & 0xF) | (BaseFamily is 6 or 0xF ? (Signature >> 12) & 0xF0 : 0);
    public readonly uint Stepping => Signature & 0xF;
    private readonly uint Signature => Features.Eax;
    private readonly uint BaseFamily => (Signature >> 8) & 0xF;
}
