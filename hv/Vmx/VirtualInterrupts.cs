// Virtual-interrupt delivery: interrupts of a local APIC that the processor delivers by itself. What this side has done
// to the chip is told it before the next entry; what the guest does without an exit is never seen. Exits are left for
// the end of level-triggered interrupts, which an I/O APIC must hear of, and for an IPI to itself with an illegal
// vector. SDM 3C 31.2 Evaluation and Delivery of Virtual Interrupts, 31.1.4 EOI Virtualization, 31.5 Virtualizing
// MSR-Based APIC Accesses. In xAPIC mode accesses are emulated as without it.

namespace MinusOne.Hv.Vmx;

internal static unsafe class VirtualInterrupts
{
    private const uint Quarters = 4;
    private const uint SelfIpi = (uint)ApicRegister.SelfIpi;

    // A guest begins whose controls may want it: nothing is told yet.
    public static void Prepare(Vm* vm, Vcpu* vcpu)
    {
        if (vm->Interception.OpenMsrs.Value == 0)
        {
            return;
        }

        Vmcs.Write(Vmcs64.VirtualApicAddress, vcpu->ApicPage.Value);
        for (uint i = 0; i < Quarters; i++)
        {
            VmxCpu.VmWrite((uint)Vmcs64.EoiExitBitmap0 + (2 * i), 0);
        }

        LocalApic* apic = vm->Board.At(vcpu->Index);
        vm->Deliver = &Deliver;
        apic->MakeVirtual();
        InterruptRouting.Refresh(&vm->Board, apic);
    }

    // What is left when the processor has been told is injected.
    private static bool Deliver(Vm* vm, Vcpu* vcpu) =>
        !(vm->Board.Apic->IsUntold && TryTell(vm, vcpu)) && Injection.Prepare(vm, vcpu);

    // Before an entry. False: it has to know of something else, too.
    private static bool TryTell(Vm* vm, Vcpu* vcpu)
    {
        LocalApic* apic = vm->Board.Apic;
        ushort status = apic->Status;
        Vmcs.Write(Vmcs16.GuestInterruptStatus, status);
        for (uint i = 0; apic->HasNewLevel && i < Quarters; i++)
        {
            VmxCpu.VmWrite((uint)Vmcs64.EoiExitBitmap0 + (2 * i), apic->Levels(i));
        }

        if (VmxVcpu.Of(vcpu)->IsApicOpen != apic->IsOpen)
        {
            VmxVcpu.Of(vcpu)->IsApicOpen = apic->IsOpen;
            Vmcs.Write(Vmcs64.MsrBitmaps, (apic->IsOpen ? vm->Interception.OpenMsrs : vm->Interception.Msrs).Value);
        }

        // Not every processor wakes a guest by itself.
        if (apic->IsAbove(status) && (ActivityState)Vmcs.Read(Vmcs32.GuestActivityState) == ActivityState.Hlt
            && (Vmcs.Read(VmcsNatural.GuestRflags) & (ulong)Rflags.InterruptEnable) != 0)
        {
            Vmcs.Write(Vmcs32.GuestActivityState, (uint)ActivityState.Active);
        }

        apic->SetTold();
        vcpu->Progress.Moved();
        InterruptRouting.Refresh(&vm->Board);
        return (vcpu->Events.Pending & ~EventKinds.Watched) == EventKinds.None;
    }

    // What an exit has interrupted the delivery of. Bochs 2.7 tells of a virtual interrupt what the event before it
    // was; so the vector in service is what goes again, unless its handler has begun, which turns interrupts off.
    // Silicon that delivers virtual interrupts processes posted ones as well, and is believed.
    public static InterruptionInformation Interrupted(InterruptionInformation told)
    {
        var secondary = (SecondaryControls)Vmcs.Read(Vmcs32.SecondaryControls);
        if ((secondary & SecondaryControls.VirtualInterruptDelivery) == 0
            || VmxCapabilities.Read().Pin.MayBeOne((uint)PinControls.PostedInterrupts))
        {
            return told;
        }

        byte vector = (byte)(Vmcs.Read(Vmcs16.GuestInterruptStatus) >> 8);
        bool isOpen = (Vmcs.Read(VmcsNatural.GuestRflags) & (ulong)Rflags.InterruptEnable) != 0;
        var blocked = new InterruptibilityState(Vmcs.Read(Vmcs32.GuestInterruptibilityState));
        return vector == 0 || !isOpen || blocked.BlockingByNmi
            ? told
            : InterruptionInformation.ExternalInterrupt(vector);
    }

    // An interrupt that was level-triggered once has ended. The instruction has been carried out, here and below.
    public static Verdict Ended(Vm* vm, Vcpu* vcpu)
    {
        byte vector = (byte)Vmcs.Read(VmcsReadOnlyNatural.ExitQualification);
        if (vm->Board.Apic->IsLevel(vector))
        {
            InterruptRouting.EndLevel(&vm->Board, vector);
        }

        return Verdict.Resume;
    }

    public static Verdict Written(Vm* vm, Vcpu* vcpu)
    {
        if (Vmcs.Read(VmcsReadOnlyNatural.ExitQualification) != SelfIpi)
        {
            return vm->EndWith(GuestEnd.UnhandledExit);
        }

        ApicAccess.SendToSelf(&vm->Board, vm->Board.Apic->LastSelfIpi);
        return Verdict.Resume;
    }
}
