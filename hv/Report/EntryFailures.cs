// A VM entry that did not happen. The processor says only "7" or "33"; the auditor walks the manual's rules over the
// VMCS and names those that are broken. SDM 3C 28.2 Checks on VMX Controls and Host-State Area, 28.3 Checking and
// Loading Guest State.
namespace MinusOne.Hv.Report;

internal static unsafe class EntryFailures
{
    public static void Tell(Vm* vm, Vcpu* vcpu, EntryFailure failure)
    {
        if (Cpu.IsAmd)
        {
            SvmReport.Refused();
            return;
        }

        uint error = VmxExit.InstructionError;
        switch (failure)
        {
            case EntryFailure.Memory:
                Writer.Log.Text("INVEPT refused, instruction error "u8).Decimal(error).EndLine();
                return;
            case EntryFailure.Instruction when VmxVcpu.Of(vcpu)->Refusal == VmxResult.FailInvalid:
                Writer.Log.Text("VM entry: VMfailInvalid, there is no current VMCS"u8).EndLine();
                return;
            case EntryFailure.Instruction:
                Writer.Log.Text("VM entry: VMfailValid, instruction error "u8).Decimal(error).EndLine();
                break;
            default:
                ExitReasonField reason = VmxExit.RawReason;
                Writer.Log.Text("VM entry: exit reason "u8).Hex(reason.Raw, 8).Text("h ("u8)
                    .Text(Names.OfExit((uint)reason.Basic)).Text("), qualification "u8)
                    .Hex(VmxExit.Qualification).EndLine();
                break;
        }

        AuditReport.Write(Audit(vm, vcpu));
    }

    // Every rule that the current VMCS breaks.
    public static AuditFindings Audit(Vm* vm, Vcpu* vcpu)
    {
        AuditFindings findings = default;
        RegisterLimits limits = RegisterLimits.Read();
        var reader = new CurrentVmcs(VmxVcpu.Of(vcpu)->Region, vm->Machine->MemoryEnd);
        new EntryAudit<CurrentVmcs>(reader, vm->Machine->Facts.Vmx, limits, ref findings).Check();
        return findings;
    }
}
