// A VM entry that did not happen. The processor says only "7" or "33"; the auditor walks the manual's rules over the
// VMCS and names those that are broken. SDM 3C 28.2 Checks on VMX Controls and Host-State Area, 28.3 Checking and
// Loading Guest State.

namespace MinusOne.Hv.Exits;

internal static unsafe class EntryFailures
{
    public static void InvalidationRefused(Vm* vm)
    {
        Writer.Log.Text("INVEPT refused, instruction error "u8).Decimal(VmxExit.InstructionError)
            .EndLine();
        vm->EndWith(GuestEnd.EntryFailed);
    }

    // VMLAUNCH or VMRESUME failed as an instruction.
    public static void Refused(Vm* vm, Vcpu* vcpu)
    {
        if (VmxVcpu.Of(vcpu)->Refusal == VmxResult.FailInvalid)
        {
            Writer.Log.Text("VM entry: VMfailInvalid, there is no current VMCS"u8).EndLine();
        }
        else
        {
            uint error = VmxExit.InstructionError;
            Writer.Log.Text("VM entry: VMfailValid, instruction error "u8).Decimal(error).EndLine();
            AuditReport.Write(Audit(vm, vcpu));
        }

        vm->EndWith(GuestEnd.EntryFailed);
    }

    // The entry began, and loading the guest's state failed.
    public static Verdict Failed(Vm* vm, Vcpu* vcpu)
    {
        ExitReasonField reason = VmxExit.RawReason;
        Writer.Log.Text("VM entry: exit reason "u8).Hex(reason.Raw, 8).Text("h ("u8)
            .Text(Names.OfExit((uint)reason.Basic)).Text("), qualification "u8)
            .Hex(VmxExit.Qualification).EndLine();
        AuditReport.Write(Audit(vm, vcpu));
        return vm->EndWith(GuestEnd.EntryFailed);
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
