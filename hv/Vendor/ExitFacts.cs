// What the last exit was, from the backend that this processor has: see Backend.cs.
namespace MinusOne.Hv.Vendor;

internal readonly unsafe struct ExitFacts : IExitFacts
{
    public static ExitReason Reason => Maker.IsAmd ? SvmExit.Reason : VmxExit.Reason;

    public static uint InstructionLength => Maker.IsAmd ? SvmExit.InstructionLength : VmxExit.InstructionLength;

    public static PortAccess Port => Maker.IsAmd ? SvmExit.Port : VmxExit.Port;

    public static bool TellsOperands => Maker.IsAmd ? SvmExit.TellsOperands : VmxExit.TellsOperands;

    public static ControlRegisterAccess ControlRegister => Maker.IsAmd ? SvmExit.ControlRegister : VmxExit.ControlRegister;

    public static DebugRegisterAccess DebugRegister => Maker.IsAmd ? SvmExit.DebugRegister : VmxExit.DebugRegister;

    public static TaskSwitchRequest TaskSwitch => Maker.IsAmd ? SvmExit.TaskSwitch : VmxExit.TaskSwitch;

    public static MemoryFault Fault => Maker.IsAmd ? SvmExit.Fault : VmxExit.Fault;

    public static Gpa PhysicalAddress => Maker.IsAmd ? SvmExit.PhysicalAddress : VmxExit.PhysicalAddress;

    public static bool TellsLinearAddress => Maker.IsAmd ? SvmExit.TellsLinearAddress : VmxExit.TellsLinearAddress;

    public static ulong LinearAddress => Maker.IsAmd ? SvmExit.LinearAddress : VmxExit.LinearAddress;

    public static InterruptionInformation Event => Maker.IsAmd ? SvmExit.Event : VmxExit.Event;

    public static uint EventErrorCode => Maker.IsAmd ? SvmExit.EventErrorCode : VmxExit.EventErrorCode;

    public static ulong EventDetail => Maker.IsAmd ? SvmExit.EventDetail : VmxExit.EventDetail;

    public static uint ApicDetail => Maker.IsAmd ? SvmExit.ApicDetail : VmxExit.ApicDetail;

    public static bool IsDeliveryInterrupted => Maker.IsAmd ? SvmExit.IsDeliveryInterrupted : VmxExit.IsDeliveryInterrupted;

    public static Event InterruptedDelivery => Maker.IsAmd ? SvmExit.InterruptedDelivery : VmxExit.InterruptedDelivery;

    public static uint Instruction => Maker.IsAmd ? SvmExit.Instruction : VmxExit.Instruction;

    public static ulong Displacement => Maker.IsAmd ? SvmExit.Displacement : VmxExit.Displacement;
}
