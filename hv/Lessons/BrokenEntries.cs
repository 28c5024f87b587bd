// `bad-entry`: breaks a VMCS in one way after the other, asks the processor what it thinks, and asks the auditor. They
// must agree on where the entry fails: as an instruction with error 7 (controls) or 8 (host state), or as an exit 33
// (guest state) or 34 (MSRs). A rule that the processor does not check, or checks at another stage than the manual
// says, cannot be judged by it; those are listed at the end. On AMD's it is a VMCB, and one exit for all rules.
namespace MinusOne.Hv.Lessons;

internal static unsafe class BrokenEntries
{
    private const int VerdictColumn = 6;
    private const int FieldColumn = 24;
    private const uint LongCode = 0xA09B;

    // False if the auditor was wrong once, or the guest could not be set up.
    public static bool Run(Vm* vm, Vcpu* vcpu, in RunSettings settings)
    {
        BrokenEntryTally tally = default;
        Lesson lesson = LessonHooks.LessonOf(vm);
        int count = 0;
        for (ulong i = 0; i < lesson.BrokenEntryCount; i++)
        {
            ref readonly BrokenEntry entry = ref lesson.BrokenEntries[i];
            if (entry.Rule >= (uint)SvmRule.SvmeIsClear != Cpu.IsAmd)
            {
                continue;
            }

            if (!GuestSetup.TryGiveProcessors(vm, vcpu, settings, out ReadOnlySpan<byte> complaint))
            {
                Writer.Console.Text(complaint).EndLine();
                return false;
            }

            Break(vcpu, in entry);
            AuditFindings findings = EntryFailures.Audit(vm, vcpu);
            AuditStage stage = Enter(vm, vcpu);
            bool named = findings.Count != 0 && (uint)findings[0].Rule == entry.Rule;
            Print(count, stage, named, findings);
            tally.Count(count++, stage, named, findings[0].Stage);
            GuestSetup.TakeProcessors(vm, vcpu);
        }

        tally.Print(count);
        return tally.Wrong == 0;
    }

    private static void Break(Vcpu* vcpu, in BrokenEntry entry)
    {
        if (entry.LongMode != 0)
        {
            SetLongMode(vcpu);
        }

        Change(entry.Field, entry.Clear, entry.Set);
        if (entry.SecondField != 0)
        {
            Change(entry.SecondField, ulong.MaxValue, entry.SecondValue);
        }
    }

    private static void Change(uint field, ulong clear, ulong set)
    {
        if (Cpu.IsAmd)
        {
            SvmPlace.Change(field, clear, set);
        }
        else
        {
            CurrentVmcs.Change(field, clear, set);
        }
    }

    // As far as an entry checks it.
    private static void SetLongMode(Vcpu* vcpu)
    {
        Backend.SetCr0(vcpu, Cr0.ExtensionType | Cr0.ProtectionEnable | Cr0.Paging);
        Backend.SetCr4(vcpu, Cr4.PhysicalAddressExtension);
        Backend.SetMode(Efer.LongModeEnable | Efer.LongModeActive);
        GuestState.SetSegment(GuestSegment.Cs, 8, 0, uint.MaxValue, new(LongCode));
    }

    // The stage at which the processor refused; None if it did not.
    private static AuditStage Enter(Vm* vm, Vcpu* vcpu)
    {
        if (Cpu.IsAmd)
        {
            return RunLoop.TryEnter(vm, vcpu) && ExitFacts.Reason == ExitReason.EntryFailureGuestState
                ? AuditStage.Vmrun : AuditStage.None;
        }

        if (!RunLoop.TryEnter(vm, vcpu))
        {
            return VmxExit.InstructionError switch
            {
                (uint)InstructionError.EntryInvalidControlFields => AuditStage.Controls,
                (uint)InstructionError.EntryInvalidHostStateFields => AuditStage.HostState,
                _ => AuditStage.Other,
            };
        }

        var reason = VmxExit.RawReason;
        return !reason.EntryFailure ? AuditStage.None
            : reason.Basic == ExitReason.EntryFailureGuestState ? AuditStage.GuestState
            : AuditStage.MsrLoading;
    }

    private static void Print(int number, AuditStage stage, bool named, in AuditFindings findings)
    {
        Writer line = Writer.Console.Decimal((ulong)number).To(VerdictColumn).Text(stage switch
        {
            AuditStage.None => "not checked"u8,
            AuditStage.Controls => "error 7 (controls)"u8,
            AuditStage.HostState => "error 8 (host)"u8,
            AuditStage.GuestState => "exit 33 (guest)"u8,
            AuditStage.MsrLoading => "exit 34 (MSRs)"u8,
            AuditStage.Vmrun => "VMEXIT_INVALID"u8,
            _ => "another error"u8,
        }).To(FieldColumn + VerdictColumn).Text(named ? "auditor: "u8 : "AUDITOR WRONG: "u8);
        if (findings.Count != 0)
        {
            line = line.Text(Names.OfField(findings[0].Field)).Text(" = "u8).Hex(findings[0].Value).Text(": "u8)
                .Text(Names.OfRule((uint)findings[0].Rule));
        }

        line.EndLine();
    }
}

// The outcomes of `bad-entry`: how often processor and auditor agree, and which rows the processor cannot judge.
internal struct BrokenEntryTally
{
    public int Wrong;
    private int _agreed;
    private RowSet _unchecked;
    private RowSet _elsewhere;

    // `stage`: where the processor refused; `expected`: where the manual says it does.
    public void Count(int row, AuditStage stage, bool named, AuditStage expected)
    {
        if (!named)
        {
            Wrong++;
        }
        else if (stage == AuditStage.None)
        {
            _unchecked[row] = true;
        }
        else if (stage != expected)
        {
            _elsewhere[row] = true;
        }
        else
        {
            _agreed++;
        }
    }

    public readonly void Print(int rows)
    {
        Writer.Console.Decimal((ulong)rows).Text(" broken states: processor and auditor agree on "u8)
            .Decimal((ulong)_agreed).Text(", the auditor was wrong on "u8).Decimal((ulong)Wrong).EndLine();
        List("not checked by this processor:"u8, rows, _unchecked);
        List("refused by this processor at another stage than the manual says:"u8, rows, _elsewhere);
    }

    private static void List(System.ReadOnlySpan<byte> heading, int rows, RowSet set)
    {
        Writer line = Writer.Console.Text(heading);
        for (int row = 0; row < rows; row++)
        {
            if (set[row])
            {
                line = line.Text(" "u8).Decimal((ulong)row);
            }
        }

        line.EndLine();
    }

    [InlineArray(256)]
    private struct RowSet { private bool _first; }
}
