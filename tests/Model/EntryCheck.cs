// The checks of a VM entry. They are the hypervisor's own auditor, run over this processor's VMCS: where it is wrong,
// the emulator of the boot tests says so, because both judge the same broken VMCSs.

using System;
using System.Text;

namespace MinusOne.Tests.Model;

internal static class EntryCheck
{
    public static EntryVerdict Of(SoftProcessor cpu, SoftVmcs vmcs, in VmxCapabilities vmx, in RegisterLimits limits)
    {
        AuditFindings findings = default;
        new EntryAudit<SoftVmcsReader>(new SoftVmcsReader(cpu, vmcs), vmx, limits, ref findings).Check();
        if (findings.Count == 0)
        {
            return EntryVerdict.Enter;
        }

        AuditFinding first = findings[0];
        string text = $"{Encoding.ASCII.GetString(Names.OfRule((uint)first.Rule))}; "
            + $"{VmcsFieldTable.Name(first.Field)} = {first.Value:X}";
        return first.Stage switch
        {
            AuditStage.Controls => Refuse(InstructionError.EntryInvalidControlFields, text),
            AuditStage.HostState => Refuse(InstructionError.EntryInvalidHostStateFields, text),
            AuditStage.GuestState => Exit(ExitReason.EntryFailureGuestState, Qualification(first), text),
            AuditStage.MsrLoading => Exit(ExitReason.EntryFailureMsrLoading, Qualification(first), text),
            _ => throw new InvalidOperationException($"{first.Stage}"),
        };
    }

    // SDM 3C 28.8 VM-Entry Failures During or After Loading Guest State.
    private static ulong Qualification(AuditFinding failure) => failure.Rule switch
    {
        AuditRule.GuestPdpteReserved => 2,
        AuditRule.NmiBlockedByMovSs => 3,
        AuditRule.LinkPointerAddress or AuditRule.LinkPointerRevision or AuditRule.LinkPointerIsCurrent => 4,
        _ => failure.Entry,
    };

    private static EntryVerdict Refuse(InstructionError error, string text) => new(error, 0, 0, text);

    private static EntryVerdict Exit(ExitReason reason, ulong qualification, string text) =>
        new(InstructionError.None, reason, qualification, text);
}
