// VMCALL as a lesson wants it: it queues an event that the guest asks for by its registers. EAX is the interruption
// information as VM entry wants it, EDX the error code, ECX the length of the instruction that it is to look like. An
// event that no VM entry takes is #UD. SDM 3C 28.1.2 Instructions That Cause VM Exits Unconditionally, 28.2.1.3
// VM-Entry Control Fields.
namespace MinusOne.Hv.Lessons;

internal static unsafe class AskedEvents
{
    private const uint LastException = 31;
    private const uint MostErrorCode = 0x7FFF;

    public static Verdict Queue(Vm* vm, Vcpu* vcpu)
    {
        ref GuestRegisters registers = ref vcpu->Registers;
        var information = new InterruptionInformation((uint)registers.Rax);
        var asked = new Event(information, (uint)registers.Rdx, (uint)registers.Rcx & 15);
        if (!IsInjectable(in asked))
        {
            return Exceptions.InvalidOpcode(vm, vcpu);
        }

        switch (information.Type)
        {
            case InterruptionType.ExternalInterrupt: vcpu->Events.PendExternal(information.Vector); break;
            case InterruptionType.Nmi: vcpu->Events.PendNmi(); break;
            default: vcpu->Events.RaiseSoftware(asked); break;
        }

        return Verdict.Advance;
    }

    // Compared with how the event is written when we raise it: a reserved bit, a wrong vector, an error code where none
    // belongs or none where one does.
    private static bool IsInjectable(in Event asked)
    {
        InterruptionInformation information = asked.Information;
        byte vector = information.Vector;
        Event right = information.Type switch
        {
            InterruptionType.ExternalInterrupt => Event.External(vector),
            InterruptionType.Nmi => Event.Nmi,
            InterruptionType.HardwareException => Event.Exception((ExceptionVector)vector, 0),
            InterruptionType.SoftwareInterrupt => Event.SoftwareInterrupt(vector, 0),
            InterruptionType.SoftwareException => Event.SoftwareException((ExceptionVector)vector, 0),
            _ => default,
        };
        return right.IsValid && right.Information.Raw == information.Raw
            && (information.Type != InterruptionType.HardwareException || IsException(vector))
            && (!information.HasErrorCode || asked.ErrorCode <= MostErrorCode)
            && (!information.HasInstructionLength || asked.InstructionLength != 0)
            && Backend.CanInject(information);
    }

    // #CP has an error code or none as the processor has CET or not, and the guest never sees CET.
    private static bool IsException(byte vector) =>
        vector <= LastException && vector != (byte)ExceptionVector.ControlProtection;
}

// A page fault answered by the hypervisor: the entry of the guest's own paging structures that is not present is made
// so, and the access is tried again. Four-level paging only, where the demonstration runs; anything else is the guest's
// fault to take. SDM 3A 5.5 4-Level Paging and 5-Level Paging.
internal static unsafe class GuestPageRepair
{
    private const ulong Present = 1;

    public static Verdict MakePresent(Vm* vm, Vcpu* vcpu, Gva address)
    {
        if (new GuestSpace(vm).PagingMode != PagingMode.FourLevel)
        {
            return Exceptions.PageFault(vm, vcpu, address, ErrorCode);
        }

        var tables = new GuestTables(&vm->Memory, hasOpenBus: false);
        var table = new Gpa(new PageEntry(GuestState.Cr3).Table.Value);
        for (int level = PageLevel.Root; level > 0; level--)
        {
            Gpa slot = table + ((ulong)PageLevel.Index(address.Value, level) * 8);
            if (!tables.TryRead(slot, 8, out ulong raw))
            {
                return vm->EndWith(GuestEnd.IllegalAddress, slot, PageRights.Read);
            }

            var entry = new PageEntry(raw);
            if (!entry.IsPresent)
            {
                return raw != 0 && tables.TryWrite(slot, 8, raw | Present)
                    ? Verdict.Resume
                    : Exceptions.PageFault(vm, vcpu, address, ErrorCode);
            }

            if (entry.IsLeaf(level))
            {
                break;
            }

            table = new Gpa(entry.Table.Value);
        }

        return Exceptions.PageFault(vm, vcpu, address, ErrorCode);
    }

    private static PageFaultError ErrorCode => (PageFaultError)ExitFacts.EventErrorCode;
}
