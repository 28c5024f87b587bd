// Which line goes where, and how an interrupt reaches the processor. SDM 3A 12.1 Local and I/O APIC Overview,
// MultiProcessor Specification 3.6.2 (virtual wire).
//
//   ISA lines 0-15 -> 8259 pair -> LINT0 of the local APIC, as an external interrupt -> processor
//                                  (while the APIC is off: straight to the processor)
//                                  local APIC -----------------------------------------> processor
//
// Chips say what they want by levels. After each change Refresh tells the processor's events one bit: somebody wants
// it. Which vector it is, is asked only when the interrupt goes into a VM entry: Acknowledge moves it into service, so
// nothing is lost while it waits, and what is withdrawn before is never seen.

namespace MinusOne.Hv.Devices;

internal static unsafe class Interrupts
{
    // After every change of a chip that can ask for the processor.
    public static void Refresh(Vm* vm)
    {
        Vcpu* vcpu = vm->Vcpu;
        vcpu->Events.Request(vcpu->Apic.Interrupt || (vm->Pic.Interrupt && vcpu->Apic.PassesPic));
    }

    // The vector that is delivered now. What the 8259 wants goes first: the local APIC gives it no priority.
    public static byte Acknowledge(Vm* vm)
    {
        bool isPic = vm->Pic.Interrupt && vm->Vcpu->Apic.PassesPic;
        byte vector = isPic ? vm->Pic.Acknowledge() : vm->Vcpu->Apic.Acknowledge();
        Refresh(vm);
        return vector;
    }

    // A line of the ISA bus, as its chip has it now.
    public static void SetLine(Vm* vm, int line, bool isHigh)
    {
        vm->Pic.SetLine(line, isHigh);
        Refresh(vm);
    }

    // Reading can be an acknowledge, too.
    public static byte ReadPic(Vm* vm, uint offset)
    {
        byte value = vm->Pic.Read(offset);
        Refresh(vm);
        return value;
    }

    public static void WritePic(Vm* vm, uint offset, byte value)
    {
        vm->Pic.Write(offset, value);
        Refresh(vm);
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
