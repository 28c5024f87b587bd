// The short path: exits that come often, concern nobody but one chip or table, and need neither the run loop nor most
// registers. The exit stub calls Handle with RAX, RBX, RCX, RDX and R8-R11 saved; the guest's other general registers
// and all of XMM are still in the processor. So nothing that is reached from here may look at them, and the build
// refuses an image in which something that is reached from here touches XMM (efi/Stubs/FastPathGate.cs).
//   - Every case does what its long counterpart does (the unit tests run both), or nothing at all, and then the run
//     loop takes the exit as if the short path did not exist.
//   - An event on its way to the guest, or somebody who wants to see every exit (Watched), closes the short path.
//   - A deadline that is armed is minded here as well: the timer stands still while we run.
// These exits are counted, not timed: two readings of the clock would cost a tenth of the exit.

namespace MinusOne.Hv.Exits.Fast;

internal static unsafe class FastExits
{
    public static FastAnswer Handle(Vcpu* vcpu, uint reason)
    {
        if (vcpu->Events.Pending != EventKinds.None)
        {
            return FastAnswer.Leave;
        }

        // A failed entry has bit 31 set and is none of these.
        switch ((ExitReason)reason)
        {
            case ExitReason.Cpuid: return FastCpuid.Answer(vcpu);
            case ExitReason.Vmcall: return FastFaults.Call(vcpu);
            case ExitReason.IoInstruction: return FastPorts.Access(vcpu);
            case ExitReason.Rdmsr: return FastMsrs.Read(vcpu);
            case ExitReason.Wrmsr: return FastMsrs.Write(vcpu);
            case ExitReason.EptViolation: return FastMemory.Violation(vcpu);
            default: return FastAnswer.Leave;
        }
    }

    // The end of every case that has done its work.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FastAnswer Done(Vm* vm, Vcpu* vcpu, ExitReason reason, FastAnswer answer)
    {
        if (vm->Alarm != GuestClock.Never)
        {
            return MindDeadline(vm, vcpu, reason, answer);
        }

        vm->Counters.CountFast(reason);
        vcpu->Progress.Moved();
        return answer;
    }

    // Of an instruction that may have made an event due.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FastAnswer DoneUnlessDue(Vm* vm, Vcpu* vcpu, ExitReason reason, FastAnswer answer) =>
        vcpu->Events.Pending != EventKinds.None ? FastInterrupts.Deliver(vm, vcpu, reason)
            : Done(vm, vcpu, reason, answer);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static FastAnswer MindDeadline(Vm* vm, Vcpu* vcpu, ExitReason reason, FastAnswer answer)
    {
        ulong tsc = Cpu.ReadTsc();
        if (tsc >= vm->Alarm)
        {
            return answer | (FastAnswer)4;
        }

        Deadlines.Arm(vm, tsc);
        vm->Counters.CountFast(reason);
        vcpu->Progress.Moved();
        return answer;
    }
}
