// The table `check` prints: what is needed, what can be used, and what this processor has of it.
namespace MinusOne.Hv.Report;

internal static unsafe class FactsTable
{
    private const int NeedColumn = 32;
    private const int HaveColumn = 40;

    public static void Print(in CpuFacts facts)
    {
        Identity(facts.Processor);
        Writer.Console.Text("feature"u8).To(NeedColumn).Text("we"u8).To(HaveColumn).Text("this processor"u8).EndLine();
        if (facts.Processor.IsAmd)
        {
            Svm(facts);
            return;
        }

        Row("VMX (VT-x)"u8, needed: true, facts.Processor.HasVmx);
        Detail("five-level paging (LA57)"u8, "-"u8, facts.FiveLevelPaging ? "in use"u8 : "not in use"u8);
        if (facts.HasVmxFacts)
        {
            Detail("FEATURE_CONTROL"u8, "need"u8, Lock(facts));
            Basics(facts);
            Ept(facts);
            Options(facts);
        }
    }

    private static void Svm(in CpuFacts facts)
    {
        Row("SVM"u8, needed: true, facts.HasSvmFacts);
        Detail("five-level paging (LA57)"u8, "-"u8, facts.FiveLevelPaging ? "in use"u8 : "not in use"u8);
        if (!facts.HasSvmFacts)
        {
            return;
        }

        Detail("VM_CR"u8, "need"u8, facts.Svm.IsLockedOff ? "locked off"u8 : "open"u8);
        Heading("SVM revision"u8, "-"u8).Decimal(facts.Svm.Revision).EndLine();
        Heading("ASIDs"u8, "use"u8).Decimal(facts.Svm.Asids).EndLine();
        Row("nested paging"u8, needed: true, facts.Svm.Has(SvmFeatures.NestedPaging));
        Row("  1 GiB pages"u8, needed: false, facts.Processor.HasPages1G);
        Row("next RIP on exit"u8, needed: false, facts.Svm.Has(SvmFeatures.NextRip));
        Row("flush by ASID"u8, needed: false, facts.Svm.Has(SvmFeatures.FlushByAsid));
        Row("PAUSE filter"u8, needed: false, facts.Svm.Has(SvmFeatures.PauseFilter));
        Row("branch records"u8, needed: false, facts.Svm.Has(SvmFeatures.BranchRecords));
        Row("clean bits"u8, needed: false, facts.Svm.Has(SvmFeatures.CleanBits));
        Row("decode assists"u8, needed: false, facts.Svm.Has(SvmFeatures.DecodeAssists));
        Row("virtual GIF"u8, needed: false, facts.Svm.Has(SvmFeatures.VirtualGif));
        Row("AVIC"u8, needed: false, facts.Svm.Has(SvmFeatures.Avic));
    }

    private static void Identity(in ProcessorExamination processor)
    {
        CpuidResult leaf = processor.VendorLeaf;
        uint* vendor = stackalloc uint[3] { leaf.Ebx, leaf.Edx, leaf.Ecx };
        Writer.Console.Text("processor: "u8).Text(new ReadOnlySpan<byte>(vendor, 12))
            .Text(", family "u8).Decimal(processor.Family)
            .Text(", model "u8).Hex(processor.Model, 2).Text("h, stepping "u8).Decimal(processor.Stepping)
            .Text(", "u8).Decimal((ulong)processor.PhysicalAddressBits).Text(" physical address bits"u8)
            .Text(processor.UnderHypervisor ? ", under a hypervisor already"u8 : default).EndLine();
    }

    private static ReadOnlySpan<byte> Lock(in CpuFacts facts) =>
        !facts.FeatureControl.IsLocked ? "unlocked (we lock it on)"u8
        : facts.FeatureControl.AllowsVmx ? "locked on"u8
        : "locked off"u8;

    private static void Basics(in CpuFacts facts)
    {
        Heading("VMCS revision"u8, "-"u8).Hex(facts.Vmx.Basic.RevisionId).Text("h, "u8)
            .Decimal(facts.Vmx.Basic.RegionSize).Text(" bytes"u8).EndLine();
        Heading("CR0 must be 1 / may be 1"u8, "obey"u8)
            .Hex(facts.Vmx.Cr0MustBeOne).Text(" / "u8).Hex(facts.Vmx.Cr0MayBeOne).EndLine();
        Heading("CR4 must be 1 / may be 1"u8, "obey"u8)
            .Hex(facts.Vmx.Cr4MustBeOne).Text(" / "u8).Hex(facts.Vmx.Cr4MayBeOne).EndLine();
        Row("secondary controls"u8, needed: true, facts.Has(PrimaryControls.ActivateSecondaryControls));
        Row("I/O bitmaps"u8, needed: true, facts.Has(PrimaryControls.UseIoBitmaps));
        Row("MSR bitmaps"u8, needed: true, facts.Has(PrimaryControls.UseMsrBitmaps));
        Row("64-bit host"u8, needed: true, facts.Vmx.Exit.MayBeOne((uint)ExitControls.HostAddressSpaceSize));
        Row("EFER switched"u8, needed: true, facts.HasEferSwitch);
        Row("TRUE controls"u8, needed: false, facts.Vmx.Basic.TrueControls);
    }

    private static void Ept(in CpuFacts facts)
    {
        EptVpidCapabilities ept = facts.Vmx.EptVpid;
        Row("EPT"u8, needed: true, facts.Has(SecondaryControls.EnableEpt));
        Row("  four levels"u8, needed: true, ept.FourLevelWalk);
        Row("  tables in write-back memory"u8, needed: true, ept.WriteBackTables);
        Row("  tables in uncached memory"u8, needed: false, ept.UncacheableTables);
        Row("  2 MiB pages"u8, needed: false, ept.Pages2M);
        Row("  1 GiB pages"u8, needed: false, ept.Pages1G);
        Row("  execute-only pages"u8, needed: false, ept.ExecuteOnly);
        Row("  accessed and dirty bits"u8, needed: false, ept.AccessedAndDirty);
        Detail("  INVEPT"u8, "need"u8,
            !ept.Invept ? "no"u8
            : !ept.InveptSingleContext ? "all contexts"u8
            : ept.InveptAllContexts ? "single context, all contexts"u8
            : "single context"u8);
        Row("unrestricted guest"u8, needed: true, facts.Has(SecondaryControls.UnrestrictedGuest));
    }

    private static void Options(in CpuFacts facts)
    {
        Row("VPID"u8, needed: false, facts.Has(SecondaryControls.EnableVpid) && facts.Vmx.EptVpid.Invvpid);
        Writer timer = Heading("preemption timer"u8, "use"u8);
        timer = !facts.Has(PinControls.PreemptionTimer) ? timer.Text("no"u8)
            : timer.Text("yes, one tick every "u8).Decimal(1UL << facts.Vmx.Misc.PreemptionTimerShift)
                .Text(HasOddTimer(facts.Processor) ? " TSC ticks; at times at another rate"u8 : " TSC ticks"u8);
        timer.EndLine();
        Row("HLT activity state"u8, needed: false, facts.Vmx.Misc.HltActivityState);
        Row("virtual NMIs"u8, needed: false, facts.Has(PinControls.VirtualNmis));
        Row("TPR shadow"u8, needed: false, facts.Has(PrimaryControls.UseTprShadow));
        Row("APIC register virtualisation"u8, needed: false, facts.Has(SecondaryControls.ApicRegisterVirtualization));
        Row("virtual-interrupt delivery"u8, needed: false, facts.Has(SecondaryControls.VirtualInterruptDelivery));
        Row("posted interrupts"u8, needed: false, facts.Has(PinControls.PostedInterrupts));
        Row("RDTSCP, INVPCID"u8, needed: false, facts.Has(
            SecondaryControls.EnableRdtscp | SecondaryControls.EnableInvpcid));
        Row("monitor trap flag"u8, needed: false, facts.Has(PrimaryControls.MonitorTrapFlag));
    }

    // Errata of Nehalem and Westmere, AAJ124 and AAT59 among them; and an Ivy Bridge on which others have seen it. No
    // factor would set it right, for it comes and goes. What is early is armed again, and what is late is late.
    private static bool HasOddTimer(in ProcessorExamination processor) =>
        processor.IsIntel && processor.Family == 6 && (processor.Model, processor.Stepping) is (0x1A, 0 or 1 or 4 or 5)
            or (0x1E, 5) or (0x25, 2 or 5) or (0x2E, 6) or (0x3A, 8);

    private static void Row(ReadOnlySpan<byte> feature, bool needed, bool has) =>
        Detail(feature, needed ? "need"u8 : "use"u8, has ? "yes"u8 : "no"u8);

    private static void Detail(ReadOnlySpan<byte> feature, ReadOnlySpan<byte> need, ReadOnlySpan<byte> have) =>
        Heading(feature, need).Text(have).EndLine();

    private static Writer Heading(ReadOnlySpan<byte> feature, ReadOnlySpan<byte> need) =>
        Writer.Console.Text(feature).To(NeedColumn).Text(need).To(HaveColumn);
}
