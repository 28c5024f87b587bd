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

using System.Runtime.CompilerServices;
using MinusOne.Hv.Guests;

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

    // A line of the ISA bus, as its chip has it now. Who tells the same twice costs nothing.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetLine(Vm* vm, int line, bool isHigh)
    {
        if (((vm->HighLines >> line) & 1) != (isHigh ? 1u : 0))
        {
            ChangeLine(vm, line);
        }
    }

    // A fresh edge, whatever the line was before; it stays high.
    public static void Pulse(Vm* vm, int line)
    {
        SetLine(vm, line, false);
        SetLine(vm, line, true);
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

    private static void ChangeLine(Vm* vm, int line)
    {
        vm->HighLines ^= 1u << line;
        if ((vm->Scene->Flags & SceneFlags.Pc) != 0)
        {
            vm->Pic.SetLine(line, (vm->HighLines & (1u << line)) != 0);
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
