// Writes an exit into the VMCS: what it defines, and poison where it defines nothing. SDM 3C 29.2 Recording VM-Exit
// Information and Updating VM-Entry Control Fields.
namespace MinusOne.Tests.Model;

internal static class ExitInformation
{
    private const uint Valid = 1u << 31;
    private const uint HasErrorCode = 1u << 11;

    public static void Write(SoftVmcs vmcs, GuestExit exit, SoftCapabilities capabilities)
    {
        vmcs[VmcsReadOnly32.ExitReason] = (uint)exit.Reason;
        vmcs[VmcsReadOnlyNatural.ExitQualification] = exit.Qualification;
        WriteEvent(vmcs, VmcsReadOnly32.ExitInterruptionInformation, exit.Interruption, exit.InterruptionErrorCode);
        WriteEvent(vmcs, VmcsReadOnly32.IdtVectoringInformation, exit.IdtVectoring, exit.IdtVectoringErrorCode);
        Write(vmcs, (uint)VmcsReadOnly32.ExitInstructionLength, exit.InstructionLength);
        bool isPlainString = exit.Reason == ExitReason.IoInstruction && !capabilities.StringIoInformation;
        uint? information = isPlainString ? null : exit.InstructionInformation;
        Write(vmcs, (uint)VmcsReadOnly32.ExitInstructionInformation, information);
        Write(vmcs, (uint)VmcsReadOnlyNatural.GuestLinearAddress, exit.GuestLinearAddress);
        Write(vmcs, (uint)VmcsReadOnly64.GuestPhysicalAddress, exit.GuestPhysicalAddress);
        vmcs[Vmcs32.EntryInterruptionInformation] &= ~Valid;
        if (exit.ResumeFlag is bool resume)
        {
            ulong others = vmcs[VmcsNatural.GuestRflags] & ~(ulong)Rflags.Resume;
            vmcs[VmcsNatural.GuestRflags] = others | (resume ? (ulong)Rflags.Resume : 0);
        }
    }

    private static void WriteEvent(SoftVmcs vmcs, VmcsReadOnly32 field, uint? information, uint? errorCode)
    {
        Write(vmcs, (uint)field, information);
        bool hasCode = information is uint value && (value & HasErrorCode) != 0;
        Write(vmcs, (uint)field + 2, hasCode ? errorCode : null);
    }

    // Poison has bit 31 clear: an event that is not there is not valid.
    private static void Write(SoftVmcs vmcs, uint field, ulong? value) => vmcs[field] = value ?? Poison.Of(field);
}
