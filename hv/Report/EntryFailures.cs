// A VM entry that did not happen. The processor says only "7" or "33", AMD's only that the VMCB is invalid; the auditor
// walks the manual's rules and names those that are broken. SDM 3C 28.2 Checks on VMX Controls and Host-State Area,
// 28.3 Checking and Loading Guest State, AMD APM 2 15.5.1 Basic Operation.
namespace MinusOne.Hv.Report;

internal static unsafe class EntryFailures
{
    // The numbers of a Failure: behind the first come instruction errors, behind the other exit reasons.
    private const uint Errors = 0x100, Reasons = 0x200;

    public static void Tell(Vm* vm, Vcpu* vcpu, EntryFailure failure)
    {
        if (Cpu.IsAmd)
        {
            Writer.Log.Text(FailureReport.MessageOf((uint)Failure.InvalidBlock)).Text(", VMEXIT_INVALID"u8).EndLine();
            FailureReport.Explain(Output.Log, (uint)Failure.InvalidBlock);
        }
        else if (!TellVtx(vcpu, failure))
        {
            return;
        }

        AuditReport.Write(Audit(vm, vcpu));
    }

    // True if it is for the auditor to say why.
    private static bool TellVtx(Vcpu* vcpu, EntryFailure failure)
    {
        if (failure == EntryFailure.Instruction && VmxVcpu.Of(vcpu)->Refusal == VmxResult.FailInvalid)
        {
            Explain(Writer.Log.Text("VM entry: VMfailInvalid"u8), (uint)Failure.NoCurrentStructure);
            return false;
        }

        uint error = VmxExit.InstructionError;
        switch (failure)
        {
            case EntryFailure.Memory:
                Explain(Writer.Log.Text("INVEPT refused, instruction error "u8).Decimal(error), Errors + error);
                return false;
            case EntryFailure.Instruction:
                Explain(
                    Writer.Log.Text("VM entry: VMfailValid, instruction error "u8).Decimal(error), Errors + error);
                break;
            default:
                ExitReasonField reason = VmxExit.RawReason;
                Writer.Log.Text("VM entry: exit reason "u8).Hex(reason.Raw, 8).Text("h ("u8)
                    .Text(Names.OfExit((uint)reason.Basic)).Text("), qualification "u8)
                    .Hex(VmxExit.Qualification).EndLine();
                FailureReport.Explain(Output.Log, Reasons + (uint)reason.Basic);
                break;
        }

        return true;
    }

    // The line ends with the failure's own words, if it has some.
    private static void Explain(Writer line, uint failure)
    {
        line.Text(FailureReport.Has(failure) ? ": "u8 : ""u8).Text(FailureReport.MessageOf(failure)).EndLine();
        FailureReport.Explain(Output.Log, failure);
    }

    // Every rule that the current VMCS or VMCB breaks.
    public static AuditFindings Audit(Vm* vm, Vcpu* vcpu)
    {
        AuditFindings findings = default;
        RegisterLimits limits = RegisterLimits.Read();
        if (Cpu.IsAmd)
        {
            var audit = SvmAudit.OfCurrent(vm->Machine->Facts.Svm, limits);
            SvmRule rule = SvmRule.None;
            while (audit.TryNext(ref rule, out SvmPlace place))
            {
                findings.Add(new AuditFinding((AuditRule)rule, new AuditField(place.Number), place.Value, 0));
            }

            return findings;
        }

        var reader = new CurrentVmcs(VmxVcpu.Of(vcpu)->Region, vm->Machine->MemoryEnd);
        new EntryAudit<CurrentVmcs>(reader, vm->Machine->Facts.Vmx, limits, ref findings).Check();
        return findings;
    }
}
