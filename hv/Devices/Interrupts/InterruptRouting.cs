// Which line goes where, and how an interrupt reaches the processor. SDM 3A 12.1 Local and I/O APIC Overview,
// MultiProcessor Specification 3.6.2.2 (virtual wire), 3.6.2.3 (symmetric I/O).
//
//   lines 0-15, but 2 -> 8259 pair -> LINT0 of the local APIC: as an external interrupt -> processor
//    |                                (while the APIC is off: straight to the processor)
//    |                                or as what else its entry says: a fixed one, an NMI
//    +- 0 -> input 2, others alike -> I/O APIC -> message -> local APIC -> processor
//   lines 2, 16-23 ------------------> I/O APIC
//   end of a level-triggered interrupt: local APIC -> I/O APIC
//
// Lines 0-15 are those of the ISA bus (0 the PIT, 4 the serial port, 8 the clock, 9 ACPI), which has no line 2; the
// others are the HPET's. Lines.cs: who drives them. Both controllers see a line; a guest masks the one it does not use.
//
// Chips say what they want by levels. After each change Refresh tells the processor's events one bit: somebody wants
// it. Which vector it is, is asked only when the interrupt goes into a VM entry: Acknowledge moves it into service, so
// nothing is lost while it waits, and what is withdrawn before is never seen.

namespace MinusOne.Hv.Devices.Interrupts;

internal static unsafe class InterruptRouting
{
    private const int IsaLines = 16;

    // The PIT's, and its input of the I/O APIC, which is line 2's as well.
    private const int TimerLine = 0;
    private const int TimerInput = 2;
    private const uint TimerLines = (1u << TimerLine) | (1u << TimerInput);

    // After every change of a chip that can ask for the processor that runs.
    public static void Refresh(Vm* vm) => Refresh(vm, vm->Vcpu);

    // For another one, too, which may have waited for it.
    public static void Notify(Vcpu* vcpu)
    {
        Refresh(vcpu->Vm, vcpu);
        if (vcpu != vcpu->Vm->Vcpu && IdleExits.IsWokenMeanwhile(vcpu))
        {
            vcpu->Vm->Machine->Slots.Rouse(vcpu);
        }
    }

    // The vector that is delivered now. What the 8259 wants goes first: the local APIC gives it no priority.
    public static byte Acknowledge(Vm* vm)
    {
        bool isPic = vm->Board.Pic.Interrupt && vm->Vcpu->Apic.PassesPic;
        byte vector = isPic ? vm->Board.Pic.Acknowledge() : vm->Vcpu->Apic.Acknowledge();
        PicChanged(vm);
        return vector;
    }

    // A line, as its chip has it now. Who tells the same twice costs nothing.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetLine(Vm* vm, int line, bool isHigh)
    {
        if (((vm->Board.HighLines >> line) & 1) != (isHigh ? 1u : 0))
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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte ReadPic(Vm* vm, uint offset)
    {
        bool wasHigh = vm->Board.Pic.Interrupt;
        byte value = vm->Board.Pic.Read(offset);
        if (vm->Board.Pic.Interrupt != wasHigh)
        {
            PicChanged(vm);
        }

        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WritePic(Vm* vm, uint offset, byte value)
    {
        bool wasHigh = vm->Board.Pic.Interrupt;
        vm->Board.Pic.Write(offset, value);
        if (vm->Board.Pic.Interrupt != wasHigh)
        {
            PicChanged(vm);
        }
    }

    public static void WriteIoApic(Vm* vm, uint offset, int bytes, uint value)
    {
        vm->Board.IoApic.Write(offset, bytes, value);
        SendFromIoApic(vm);
    }

    // A local APIC was told that a level-triggered interrupt is over.
    public static void EndLevel(Vm* vm, byte vector)
    {
        vm->Board.IoApic.EndInterrupt(vector);
        SendFromIoApic(vm);
    }

    // To every processor that is meant, but for this one; of a message with lowest priority, to the one among them that
    // does the least important work. SDM 3A 12.6.2.4.
    public static void Send(Vm* vm, in InterruptMessage message, Vcpu* except = null)
    {
        Vcpu* chosen = null;
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            Vcpu* vcpu = vm->At(i);
            if (vcpu == except || !vcpu->Apic.Matches(in message))
            {
                continue;
            }

            if (message.Mode != DeliveryMode.LowestPriority)
            {
                Deliver(vcpu, in message);
            }
            else if (vcpu->Apic.IsSoftwareEnabled
                && (chosen == null || vcpu->Apic.ProcessorPriority < chosen->Apic.ProcessorPriority))
            {
                chosen = vcpu;
            }
        }

        if (chosen != null)
        {
            Deliver(chosen, in message);
        }
    }

    public static void Deliver(Vcpu* vcpu, in InterruptMessage message)
    {
        switch (message.Mode)
        {
            case DeliveryMode.Fixed or DeliveryMode.LowestPriority:
                vcpu->Apic.Accept(message.Vector, message.IsLevel);
                break;
            case DeliveryMode.Nmi when vcpu->Slot != Scheduler.None || vcpu->Index == 0:
                vcpu->Events.PendNmi();
                break;
            case DeliveryMode.Init:
                ProcessorStart.NoteInit(vcpu);
                break;
            case DeliveryMode.StartUp:
                ProcessorStart.NoteStartUp(vcpu, message.Vector);
                break;
        }

        Notify(vcpu);
    }

    // The small board of a demonstration has a serial port, and nobody its line goes to.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ChangeLine(Vm* vm, int line)
    {
        vm->Board.HighLines ^= 1u << line;
        if ((vm->Config->Flags & VmFeatures.Pc) == 0)
        {
            return;
        }

        bool isHigh = (vm->Board.HighLines & (1u << line)) != 0;
        bool isTimer = line is TimerLine or TimerInput;
        vm->Board.IoApic.SetLine(isTimer ? TimerInput : line, isTimer ? (vm->Board.HighLines & TimerLines) != 0 : isHigh);
        SendFromIoApic(vm);
        if (line < IsaLines)
        {
            vm->Board.Pic.SetLine(line, isHigh);
            PicChanged(vm);
        }
    }

    private static void SendFromIoApic(Vm* vm)
    {
        while (vm->Board.IoApic.TryTake(out InterruptMessage message))
        {
            Send(vm, in message);
        }
    }

    private static void PicChanged(Vm* vm)
    {
        bool isHigh = vm->Board.Pic.Interrupt;
        if (isHigh && !vm->Board.IsPicHigh && vm->First->Apic.RaiseLint0())
        {
            vm->First->Events.PendNmi();
        }

        vm->Board.IsPicHigh = isHigh;
        Refresh(vm);
        if (vm->Vcpu != vm->First)
        {
            Notify(vm->First);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Refresh(Vm* vm, Vcpu* vcpu) =>
        vcpu->Events.Request(vcpu->Apic.Interrupt || (vm->Board.Pic.Interrupt && vcpu->Apic.PassesPic));
}
