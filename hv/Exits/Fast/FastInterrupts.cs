// An interrupt that an instruction on the short path has brought about: the guest's own IPI, or the next one in turn
// after an end of interrupt. If the guest takes interrupts it goes into the coming entry, as Injection would do it;
// otherwise the run loop opens a window for it. SDM 3C 27.6 Event Injection.

namespace MinusOne.Hv.Exits.Fast;

internal static unsafe class FastInterrupts
{
    // WRMSR of the self-IPI register, in x2APIC mode. Mostly the guest takes its interrupt at once.
    public static FastAnswer ToSelf(Vm* vm, Vcpu* vcpu, uint vector)
    {
        bool takesInterrupts = (GuestState.Rflags & Rflags.InterruptEnable) != 0;
        if (takesInterrupts && vm->Alarm == GuestClock.Never && !vcpu->Apic.Interrupt && Backend.TryAdvance())
        {
            if (vcpu->Apic.TryServe(vector))
            {
                Inject(vm, vcpu, ExitReason.Wrmsr, vector);
                return FastAnswer.Resume;
            }

            ApicAccess.SendToSelf(vm, vcpu, vector);
            return FastAnswer.ResumeInLoop;
        }

        ApicAccess.SendToSelf(vm, vcpu, vector);
        return FastExits.DoneUnlessDue(vm, vcpu, ExitReason.Wrmsr, FastAnswer.Advance);
    }

    public static FastAnswer Deliver(Vm* vm, Vcpu* vcpu, ExitReason reason)
    {
        // Behind an instruction whose end is more than a new RIP the guest may not take interrupts yet.
        if (vcpu->Events.Pending != EventKinds.Requested || vm->Alarm != GuestClock.Never || vcpu->Apic.IsVirtual
            || !Backend.TryAdvance())
        {
            return FastAnswer.AdvanceInLoop;
        }

        if ((GuestState.Rflags & Rflags.InterruptEnable) == 0)
        {
            return FastAnswer.ResumeInLoop;
        }

        Inject(vm, vcpu, reason, InterruptRouting.Acknowledge(vm));
        if (vcpu->Events.Pending != EventKinds.None)
        {
            // There is another one behind it.
            Backend.OpenInterruptWindow(vcpu);
        }

        return FastAnswer.Resume;
    }

    private static void Inject(Vm* vm, Vcpu* vcpu, ExitReason reason, uint vector)
    {
        Backend.Inject(new InterruptionInformation(InterruptionInformation.Valid | vector));
        vcpu->Injected++;
        vm->Counters.CountFast(reason);
        vcpu->Progress.Moved();
    }
}
