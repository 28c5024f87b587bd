// Everything the start depends on, gathered once: identity, the firmware's lock, and VMX capabilities as far as they
// exist. The verdict is the first thing that is missing, asked in the order in which a user can mend it.
namespace MinusOne.Hv.Vendor;

internal unsafe struct CpuFacts
{
    public ProcessorExamination Processor;
    public FeatureControl FeatureControl;
    public VmxCapabilities Vmx;
    public bool HasVmxFacts;
    public SvmCapabilities Svm;
    public bool HasSvmFacts;
    public bool FiveLevelPaging;
    public Speculation Speculation;

    // Code may lie in large pages. Elsewhere a guest that makes one of its own pages larger or smaller can stop the
    // processor for good. SDM 4 2.1 Architectural MSRs, IA32_ARCH_CAPABILITIES.IF_PSCHANGE_MC_NO.
    public bool HasLargeCode;

    public static CpuFacts Read()
    {
        CpuFacts facts = default;
        facts.Processor = ProcessorExamination.Read();
        facts.Speculation = new Speculation(facts.Processor);
        facts.FiveLevelPaging = (Cpu.ReadCr4() & (ulong)Cr4.LinearAddresses57) != 0;
        facts.HasLargeCode = facts.Speculation.StateOf(Weakness.PageSizes) == WeaknessState.NotAffected;
        facts.HasVmxFacts = facts.Processor.IsIntel && facts.Processor.HasVmx;
        if (facts.HasVmxFacts)
        {
            facts.FeatureControl = new FeatureControl(Cpu.ReadMsr((uint)Msr.FeatureControl));
            facts.Vmx = VmxCapabilities.Read();
        }

        facts.HasSvmFacts = facts.Processor.IsAmd && SvmCapabilities.IsAnnounced;
        if (facts.HasSvmFacts)
        {
            facts.Svm = SvmCapabilities.Read();
        }

        Cpu.IsAmd = facts.Processor.IsAmd;

        return facts;
    }

    public readonly Refusal Verdict =>
        Processor.IsAmd ? SvmVerdict
        : !Processor.IsIntel ? Refusal.UnknownMaker
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
        : Refusal.None;

    private readonly Refusal SvmVerdict =>
        !HasSvmFacts ? Refusal.NoSvm
        : Svm.IsLockedOff ? Refusal.SvmLockedOff
        : !Svm.Has(SvmFeatures.NestedPaging) ? Refusal.NoNestedPaging
        : Refusal.None;

    // What the backend there is has examined. The facts do not move.
    public void* Capabilities => Processor.IsAmd ? Unsafe.AsPointer(ref Svm) : Unsafe.AsPointer(ref Vmx);

    public readonly SecondLevelFeatures SecondLevel(bool hasLargePages) => Processor.IsAmd
        ? SvmCapabilities.SecondLevel(hasLargePages, Processor.HasPages1G)
        : Vmx.EptVpid.SecondLevel(hasLargePages, HasLargeCode);

    public readonly bool HasEferSwitch =>
        Vmx.Exit.MayBeOne((uint)(ExitControls.SaveEfer | ExitControls.LoadEfer))
            && Vmx.Entry.MayBeOne((uint)EntryControls.LoadEfer);

    public readonly bool Has(PinControls bits) => Vmx.Pin.MayBeOne((uint)bits);
    public readonly bool Has(PrimaryControls bits) => Vmx.Primary.MayBeOne((uint)bits);
    public readonly bool Has(SecondaryControls bits) => Vmx.Secondary.MayBeOne((uint)bits);
}
