// A guest's life, one exit after the other: inject, enter, decode, dispatch, act on the verdict.

using MinusOne.Hv.Console;
using MinusOne.Hv.Report;
using MinusOne.Hv.Scheduling;
using MinusOne.Hv.Time;
using MinusOne.Hv.Vmx;

namespace MinusOne.Hv.Exits;

internal static unsafe class RunLoop
{
    // Until the guest has ended, or its processor has to make way. Its VMCS is current.
    public static void Run(Vm* vm, Vcpu* vcpu)
    {
        ulong entered = Cpu.ReadTsc();
        while (vm->Leaving == Leave.None)
        {
            if (vm->Memory.Ept.InvalidateIfDue() != VmxResult.Succeed)
            {
                EntryFailures.InvalidationRefused(vm);
                break;
            }

            if (vm->Alarm != GuestClock.Never)
            {
                MindDeadline(vm, entered);
            }

            VmxResult result = vcpu->Enter(vm);
            ulong exited = Cpu.ReadTsc();
            vm->Counters.Entries++;
            vm->Counters.GuestTicks += exited - entered;
            if (result != VmxResult.Succeed)
            {
                EntryFailures.Refused(vm, vcpu, result);
                break;
            }

            var reason = new ExitReasonField(Vmcs.Read(VmcsReadOnly32.ExitReason));
            if (reason.Basic != ExitReason.PreemptionTimerExpired)
            {
                vcpu->Progress.Moved();
            }

            if (vm->IsTold)
            {
                Narrator.Tell(vm, vcpu, reason.Basic);
            }

            Verdict verdict = reason.EntryFailure
                ? EntryFailures.Failed(vm, vcpu, reason)
                : Dispatch.Handle(vm, vcpu, reason.Basic);
            if (verdict == Verdict.Advance)
            {
                Instruction.Advance();
            }

            vcpu->Events.ExitHandled();
            if (vm->Machine->Console.Request != ConsoleRequest.None)
            {
                Monitor.Answer(vm, vcpu, vm->Now);
            }

            entered = Cpu.ReadTsc();
            vm->Counters.Count((uint)reason.Basic, entered - exited);
        }

        vm->Counters.Injected = vcpu->Injected;
    }

    private static void MindDeadline(Vm* vm, ulong tsc)
    {
        bool hasExpired = tsc >= vm->Deadline;
        if (hasExpired)
        {
            Deadlines.Elapse(vm, tsc);
        }

        Deadlines.Arm(vm, tsc, hasExpired);
    }
}
