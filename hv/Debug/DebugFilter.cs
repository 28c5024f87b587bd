// Exits that are a debugger's: its breakpoints and steps. What is the guest's own goes on, through the lesson's filter
// if there is one. SDM 3C 29.2.1 Basic VM-Exit Information (debug exceptions).
namespace MinusOne.Hv.Debug;

internal static unsafe class DebugFilter
{
    private const ulong SingleStep = 1UL << 14;

    public static bool Answer(Vm* vm, Vcpu* vcpu, ExitReason reason, ref Verdict verdict)
    {
        ref Debugger debugger = ref *Debugger.Of(vm->Machine);
        switch (reason)
        {
            case ExitReason.ExceptionOrNmi when IsOurs(vm, vcpu, ref debugger):
                // No event was being delivered: all stops come between two instructions.
                verdict = Verdict.Resume;
                return true;
            case ExitReason.MovDr when debugger.Registers.IsIn(vcpu):
                // It finds its own, and changes those.
                debugger.Registers.Lift(vcpu);
                verdict = DebugRegisterExits.Access(vm, vcpu);
                debugger.Registers.Set(vcpu, ref debugger.Breakpoints);
                return true;
        }

        var inner = (delegate*<Vm*, Vcpu*, ExitReason, ref Verdict, bool>)debugger.FilterOf(vm);
        return inner != null && inner(vm, vcpu, reason, ref verdict);
    }

    private static bool IsOurs(Vm* vm, Vcpu* vcpu, ref Debugger debugger)
    {
        InterruptionInformation information = ExitFacts.Event;
        var vector = (ExceptionVector)information.Vector;
        bool isHardware = information.Type == InterruptionType.HardwareException;

        // INT1, which an emulator without it calls an invalid opcode.
        if (information.Type == InterruptionType.PrivilegedSoftwareException
            || (isHardware && vector == ExceptionVector.InvalidOpcode))
        {
            ulong address = GuestState.Rip + (GuestMode.Is64Bit ? 0 : GuestState.Base(GuestSegment.Cs));
            bool isOurs = debugger.Breakpoints.FindCode(vm->Number, address) >= 0;
            return isOurs && Stop(vm, ref debugger, StopCause.Software, 0);
        }

        return isHardware && vector == ExceptionVector.Debug
            && IsOurTrap(vm, vcpu, ref debugger, ExitFacts.EventDetail);
    }

    private static bool IsOurTrap(Vm* vm, Vcpu* vcpu, ref Debugger debugger, ulong causes)
    {
        int register = debugger.Registers.Met(vcpu, causes);
        int index = register < 0 ? -1 : debugger.Breakpoints.InRegister(vm->Number, register);
        if (index < 0)
        {
            return (causes & SingleStep) != 0 && (debugger.Stepping.Is(vcpu)
                ? Stop(vm, ref debugger, StopCause.Step, 0) : debugger.Stepping.TrySettle(vcpu));
        }

        ref Breakpoint met = ref debugger.Breakpoints[index];
        StopCause cause = met.Kind switch
        {
            BreakpointKind.Software => StopCause.Software,
            BreakpointKind.Hardware => StopCause.Hardware,
            BreakpointKind.Write => StopCause.Write,
            BreakpointKind.Read => StopCause.Read,
            _ => StopCause.Access,
        };
        return Stop(vm, ref debugger, cause, met.Address);
    }

    private static bool Stop(Vm* vm, ref Debugger debugger, StopCause cause, ulong address)
    {
        debugger.Stop(vm, cause, address);
        return true;
    }
}
