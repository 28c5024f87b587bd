// What the last exit was, from the backend that this processor has: see Backend.cs.
namespace MinusOne.Hv.Vendor;

internal readonly unsafe struct ExitFacts : IExitFacts
{
    public static ExitReason Reason => Cpu.IsAmd ? SvmExit.Reason : VmxExit.Reason;

    public static uint InstructionLength => Cpu.IsAmd ? SvmExit.InstructionLength : VmxExit.InstructionLength;

    public static PortAccess Port => Cpu.IsAmd ? SvmExit.Port : VmxExit.Port;

    public static bool TellsOperands => Cpu.IsAmd ? SvmExit.TellsOperands : VmxExit.TellsOperands;

    public static ControlRegisterAccess ControlRegister =>
        Cpu.IsAmd ? SvmExit.ControlRegister : VmxExit.ControlRegister;

    public static DebugRegisterAccess DebugRegister => Cpu.IsAmd ? SvmExit.DebugRegister : VmxExit.DebugRegister;

    public static TaskSwitchRequest TaskSwitch => Cpu.IsAmd ? SvmExit.TaskSwitch : VmxExit.TaskSwitch;

    public static MemoryFault Fault => Cpu.IsAmd ? SvmExit.Fault : VmxExit.Fault;

    public static Gpa PhysicalAddress => Cpu.IsAmd ? SvmExit.PhysicalAddress : VmxExit.PhysicalAddress;

    public static bool TellsLinearAddress => Cpu.IsAmd ? SvmExit.TellsLinearAddress : VmxExit.TellsLinearAddress;

    public static ulong LinearAddress => Cpu.IsAmd ? SvmExit.LinearAddress : VmxExit.LinearAddress;

    public static InterruptionInformation Event => Cpu.IsAmd ? SvmExit.Event : VmxExit.Event;

    public static uint EventErrorCode => Cpu.IsAmd ? SvmExit.EventErrorCode : VmxExit.EventErrorCode;

    public static ulong EventDetail => Cpu.IsAmd ? SvmExit.EventDetail : VmxExit.EventDetail;

    public static uint ApicDetail => Cpu.IsAmd ? SvmExit.ApicDetail : VmxExit.ApicDetail;

    public static bool IsDeliveryInterrupted =>
        Cpu.IsAmd ? SvmExit.IsDeliveryInterrupted : VmxExit.IsDeliveryInterrupted;

    public static Event InterruptedDelivery => Cpu.IsAmd ? SvmExit.InterruptedDelivery : VmxExit.InterruptedDelivery;

    public static uint Instruction => Cpu.IsAmd ? SvmExit.Instruction : VmxExit.Instruction;

    public static ulong Displacement => Cpu.IsAmd ? SvmExit.Displacement : VmxExit.Displacement;

    // For those who tell: the number that the manual gives the exit, its first detail, and its name.
    public static ulong Number => Cpu.IsAmd ? (ulong)SvmExit.Code : (ulong)VmxExit.Reason;
    public static ulong Detail => Cpu.IsAmd ? SvmExit.Detail : VmxExit.Qualification;

    public static ReadOnlySpan<byte> NameOf(ExitReason reason)
    {
        ReadOnlySpan<byte> own = Cpu.IsAmd ? SvmExit.NameOf(reason) : default;
        return own.IsEmpty ? Names.OfExit((uint)reason) : own;
    }
}
