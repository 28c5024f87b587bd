// `bad-entry`: breaks a VMCS in one way after the other, asks the processor what it thinks, and asks the auditor. They
// must agree on where the entry fails: as an instruction with error 7 (controls) or 8 (host state), or as an exit 33
// (guest state) or 34 (MSRs). A rule that the processor does not check, or checks at another stage than the manual
// says, cannot be judged by it; those are listed at the end.

namespace MinusOne.Hv.Lessons;

internal static unsafe class BrokenEntries
{
    private const int VerdictColumn = 6;
    private const int FieldColumn = 24;

    // False if the auditor was wrong once, or the guest could not be set up.
    public static bool Run(Vm* vm, Vcpu* vcpu, in RunSettings settings)
    {
        BrokenEntryTally tally = default;
        BrokenEntry[] rows = BrokenEntryTable.Rows;
        for (int i = 0; i < rows.Length; i++)
        {
            if (!GuestSetup.TryGiveProcessors(vm, vcpu, settings, out ReadOnlySpan<byte> complaint))
            {
                Writer.Console.Text(complaint).EndLine();
                return false;
            }

            rows[i].Apply();
            AuditFindings findings = EntryFailures.Audit(vm, vcpu);
            AuditStage stage = Enter(vm, vcpu);
            bool named = findings.Count != 0 && findings[0].Rule == rows[i].Rule;
            Print(i, stage, named, findings);
            tally.Count(i, stage, named, findings[0].Stage);
            GuestSetup.TakeProcessors(vm, vcpu);
        }

        tally.Print(rows.Length);
        return tally.Wrong == 0;
    }

    // The stage at which the processor refused; None if it did not.
    private static AuditStage Enter(Vm* vm, Vcpu* vcpu)
    {
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
