// Virtual-interrupt delivery: interrupts of a local APIC that the processor delivers by itself. What this side has done
// to the chip is told it before the next entry; what the guest does without an exit is never seen. Exits are left for
// the end of level-triggered interrupts, which an I/O APIC must hear of, and for an IPI to itself with an illegal
// vector. In xAPIC mode accesses are emulated as without it.
namespace MinusOne.Hv.Exits;

internal static unsafe class VirtualInterrupts
{
    private const uint Quarters = 4;

    // A guest begins that may have it: nothing is told yet.
    public static void Prepare(Vm* vm, Vcpu* vcpu)
    {
        if (vm->Interception.OpenMsrs.Value != 0)
        {
            LocalApic* apic = vm->Board.At(vcpu->Index);
            Backend.DeliverVirtually(vcpu);
            vm->Deliver = &Deliver;
            apic->MakeVirtual();
            InterruptRouting.Refresh(&vm->Board, apic);
        }
    }

    // What is left when the processor has been told is injected.
    private static bool Deliver(Vm* vm, Vcpu* vcpu) =>
        !(vm->Board.Apic->IsUntold && TryTell(vm, vcpu)) && Injection.Prepare(vm, vcpu);

    // Before an entry. False: it has to know of something else, too.
    private static bool TryTell(Vm* vm, Vcpu* vcpu)
    {
        LocalApic* apic = vm->Board.Apic;
        ushort status = apic->Status;
        Backend.TellVirtualInterrupts(status);
        for (uint i = 0; apic->HasNewLevel && i < Quarters; i++)
        {
            Backend.SetEoiExits(i, apic->Levels(i));
        }

        Backend.OpenApic(vcpu, apic->IsOpen);

        // Not every processor wakes a guest by itself.
        if (apic->IsAbove(status) && GuestState.Activity == ActivityState.Hlt
            && (GuestState.Rflags & Rflags.InterruptEnable) != 0)
        {
            GuestState.Activity = ActivityState.Active;
        }

        apic->SetTold();
        Progress.Moved(vcpu);
        InterruptRouting.Refresh(&vm->Board);
        return (vcpu->Events.Pending & ~EventKinds.Closed) == EventKinds.None;
    }

    // An interrupt that was level-triggered once has ended. The instruction has been carried out, here and below.
    public static Verdict Ended(Vm* vm)
    {
        var vector = (byte)ExitFacts.ApicDetail;
        if (vm->Board.Apic->IsLevel(vector))
        {
            InterruptRouting.EndLevel(&vm->Board, vector);
        }

        return Verdict.Resume;
    }

    public static Verdict Written(Vm* vm)
    {
        if (ExitFacts.ApicDetail != (uint)ApicRegister.SelfIpi)
        {
            return vm->EndWith(GuestEnd.UnhandledExit);
        }

        ApicAccess.SendToSelf(&vm->Board, vm->Board.Apic->LastSelfIpi);
        return Verdict.Resume;
    }
}
