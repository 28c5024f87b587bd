// What a backend says of the last exit, in words of the house. Each is read when it is asked for, and is valid for the
// exits that it belongs to. The structs of Facts/ are packed as VT-x packs them; another backend packs its own.
namespace MinusOne.Hv.Processor;

internal interface IExitFacts
{
    static abstract ExitReason Reason { get; }

    // Valid for exits caused by instructions, and only for those. 0: the processor does not tell it.
    static abstract uint InstructionLength { get; }
    static abstract PortAccess Port { get; }

    // Otherwise the next two say nothing, and the instruction has to be read.
    static abstract bool TellsOperands { get; }
    static abstract ControlRegisterAccess ControlRegister { get; }
    static abstract DebugRegisterAccess DebugRegister { get; }
    static abstract TaskSwitchRequest TaskSwitch { get; }

    // Memory that the second-level tables do not give: how it was accessed, and where.
    static abstract MemoryFault Fault { get; }
    static abstract Gpa PhysicalAddress { get; }
    static abstract bool TellsLinearAddress { get; }
    static abstract ulong LinearAddress { get; }

    // The exception or interrupt that exited; with a page fault its address, with a debug exception its causes.
    static abstract InterruptionInformation Event { get; }
    static abstract uint EventErrorCode { get; }
    static abstract ulong EventDetail { get; }

    // For interrupts that are delivered virtually: the vector whose service ended, or the register that was written.
    static abstract uint ApicDetail { get; }

    // The event whose delivery the exit interrupted, for it to be delivered again; not valid if there is none.
    static abstract bool IsDeliveryInterrupted { get; }
    static abstract Event InterruptedDelivery { get; }

    // The operands of an instruction, for the structs of Facts/InstructionFacts.cs; and the displacement of one in
    // memory, with RIP in it where it is relative to RIP.
    static abstract uint Instruction { get; }
    static abstract ulong Displacement { get; }
}
