// The short path: exits that come often, concern nobody but one chip or table, and need neither the run loop nor most
// registers. The exit stub calls Handle with RAX, RBX, RCX, RDX and R8-R11 saved; the guest's other general registers
// and all of XMM are still in the processor. So nothing that is reached from here may look at them, and the build
// refuses an image in which something that is reached from here touches XMM (efi/Stubs/FastPathGate.cs).
//   - Every case does what its long counterpart does (the unit tests run both), or nothing at all, and then the run
//     loop takes the exit as if the short path did not exist.
//   - An event on its way to the guest, or somebody who wants to see every exit (Watched), closes the short path.
//   - A deadline that is armed is minded here as well: the timer stands still while we run.
// These exits are counted, not timed: two readings of the clock would cost a tenth of the exit.
namespace MinusOne.Hv.Exits;

internal static unsafe class ShortPath
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Verdict Handle(Vcpu* vcpu, uint reason)
    {
        if (vcpu->Events.Pending != EventKinds.None)
        {
            return Share(vcpu, reason);
        }

        return Choose(vcpu, reason);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Verdict Choose(Vcpu* vcpu, uint reason)
    {
        // A failed entry has bit 31 set and is none of these. Comparisons cost less than a table of so few.
        var exit = (ExitReason)reason;
        if (exit <= ExitReason.Vmcall)
        {
            return exit == ExitReason.Cpuid ? CpuidExits.Short(vcpu)
                : exit == ExitReason.Vmcall ? VmxInstructionExits.Short(vcpu)
                : Verdict.Refused;
        }

        return exit == ExitReason.IoInstruction ? PortExits.Short(vcpu)
            : exit == ExitReason.Wrmsr ? MsrExits.ShortWrite(vcpu)
            : exit == ExitReason.EptViolation ? MemoryExits.Short(vcpu)
            : exit == ExitReason.Rdmsr ? MsrExits.ShortRead(vcpu)
            : Verdict.Refused;
    }

    // Closed, but for one whose siblings run at the same time, and only if nobody has the guest (Crew/GuestLock.cs).
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Verdict Share(Vcpu* vcpu, uint reason)
    {
        Vm* vm = Vm.Of(vcpu);
        if (vcpu->Events.Pending != EventKinds.Shared || !vm->Lock.TryTake())
        {
            return Verdict.Refused;
        }

        var answer = Verdict.Refused;
        if (vm->Vcpu == vcpu && vm->Processor == vcpu->Home && vm->End == GuestEnd.None
            && vcpu->Events.Pending == EventKinds.Shared)
        {
            vcpu->Events.Pending = EventKinds.None;
            answer = Choose(vcpu, reason);
            vcpu->Events.Pending |= EventKinds.Shared;
        }

        vm->Lock.Give();

        // Its other half would be without the lock.
        return answer == Verdict.AllRegisters ? Verdict.Refused : answer;
    }

    // The end of every case that has done its work.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Verdict Done(Vm* vm, Vcpu* vcpu, ExitReason reason, Verdict answer)
    {
        if (vm->Board.Alarm != GuestClock.Never)
        {
            return MindDeadline(vm, vcpu, reason, answer);
        }

        Counters.CountFast(vm, reason);
        Progress.Moved(vcpu);
        return answer;
    }

    // The same for an instruction that may have made an event due.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Verdict DoneUnlessDue(Vm* vm, Vcpu* vcpu, ExitReason reason, Verdict answer) =>
        vcpu->Events.Pending != EventKinds.None ? Deliver(vm, vcpu, reason)
            : Done(vm, vcpu, reason, answer);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Verdict MindDeadline(Vm* vm, Vcpu* vcpu, ExitReason reason, Verdict answer)
    {
        ulong tsc = Cpu.ReadTsc();
        if (tsc >= vm->Board.Alarm)
        {
            return answer | Verdict.InLoop;
        }

        GuestTime.Arm(vm, tsc);
        Counters.CountFast(vm, reason);
        Progress.Moved(vcpu);
        return answer;
    }

    // An interrupt that the instruction has brought about: the guest's own IPI, or the next one in turn after an end of
    // interrupt. If the guest takes interrupts it goes into the coming entry, as Injection would do it; otherwise the
    // run loop opens a window for it. SDM 3C 27.6 Event Injection.
    public static Verdict Deliver(Vm* vm, Vcpu* vcpu, ExitReason reason)
    {
        // The guest may not take interrupts yet if more than RIP changes at the end of the instruction.
        if (vcpu->Events.Pending != EventKinds.Requested || vm->Board.Alarm != GuestClock.Never
            || vm->Board.Apic->IsVirtual || !Backend.TryAdvance())
        {
            return Verdict.AdvanceInLoop;
        }

        if ((GuestState.Rflags & Rflags.InterruptEnable) == 0)
        {
            return Verdict.ResumeInLoop;
        }

        Inject(vm, vcpu, reason, InterruptRouting.Acknowledge(&vm->Board));
        if (vcpu->Events.Pending != EventKinds.None)
        {
            // There is another one behind it.
            Backend.SetWindows(vcpu, forNmi: false, forExternal: true);
        }

        return Verdict.Resume;
    }

    // #GP(0) for an instruction of protected mode that stands in no shadow. Nothing was being delivered, so there is
    // nothing to combine with; that RF is pushed as 1 is Injection's rule.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TryGeneralProtection(Vm* vm, Vcpu* vcpu)
    {
        if (vm->Filter != null || vm->Board.Alarm != GuestClock.Never || GuestState.Blocking.Raw != 0
            || (GuestState.Cr0 & Cr0.ProtectionEnable) == 0)
        {
            return false;
        }

        GuestState.Rflags |= Rflags.Resume;
        Backend.InjectGeneralProtection();
        vcpu->Injected++;
        return true;
    }

    public static void Inject(Vm* vm, Vcpu* vcpu, ExitReason reason, uint vector)
    {
        Backend.Inject(new InterruptionInformation(InterruptionInformation.Valid | vector));
        vcpu->Injected++;
        Counters.CountFast(vm, reason);
        Progress.Moved(vcpu);
    }
}
