// Which line goes where, and how an interrupt reaches the processor. SDM 3A 12.1 Local and I/O APIC Overview, MultiProcessor
// Specification 3.6.2 (virtual wire).
//
//   local APIC --------------------------------> processor
//
// Chips say what they want by levels. After each change Refresh tells the processor's events one bit: somebody wants it. Which
// vector it is, is asked only when the interrupt goes into a VM entry: Acknowledge moves it into service, so nothing is lost
// while it waits, and what is withdrawn before is never seen.

using MinusOne.Hv.Vmx;

namespace MinusOne.Hv.Devices;

internal static unsafe class Interrupts
{
    // After every change of a chip that can ask for the processor.
    public static void Refresh(Vm* vm)
    {
        Vcpu* vcpu = vm->Vcpu;
        vcpu->Events.Request(vcpu->Apic.Interrupt);
    }

    // The vector that is delivered now.
    public static byte Acknowledge(Vm* vm)
    {
        byte vector = vm->Vcpu->Apic.Acknowledge();
        Refresh(vm);
        return vector;
    }

    // To every processor that is meant. An INIT or start-up message to the one that runs is ignored: it is running.
    public static void Send(Vm* vm, in InterruptMessage message)
    {
        Vcpu* vcpu = vm->Vcpu;
        if (vcpu->Apic.Matches(in message))
        {
            Deliver(vcpu, in message);
            Refresh(vm);
        }
    }

    public static void Deliver(Vcpu* vcpu, in InterruptMessage message)
    {
        switch (message.Mode)
        {
            case DeliveryMode.Fixed or DeliveryMode.LowestPriority:
                vcpu->Apic.Accept(message.Vector, message.IsLevel);
                break;
            case DeliveryMode.Nmi:
                vcpu->Events.PendNmi();
                break;
        }
    }
}
