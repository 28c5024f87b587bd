// The line between the console and the guest's serial port. The guest's FIFO gets something only when the guest looks
// for it, or has asked to be interrupted: what is typed before a guest has set its port up is not lost when it does.

namespace MinusOne.Hv.Console;

internal static unsafe class SerialLine
{
    private const uint Data = 0;
    private const uint InterruptEnable = 1;
    private const uint LineStatus = 5;

    // 1 ms and 10 ms of the guest's clock.
    private const ulong TicksIfAwaited = 100_000;
    private const ulong TicksOtherwise = 1_000_000;

    // The guest has asked to be interrupted by what is typed, and will be.
    public static bool IsAwaited(Vm* vm) =>
        vm->Board.Serial.IsListening && (vm->Config->Flags & VmFeatures.Pc) != 0;

    public static byte Read(Vm* vm, uint offset)
    {
        if (IsOutside(vm, offset))
        {
            Host.Pump();
            vm->Machine->Console.Poll(vm->Machine->Slots.FocusSlot);
            Deliver(vm, Time(vm));
        }

        return ReadPort(vm, offset);
    }

    // What is in the port, without a look outside.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte ReadPort(Vm* vm, uint offset) =>
        vm->Board.Serial.CanInterrupt ? ReadAndFollow(vm, offset) : vm->Board.Serial.Read(offset, 0);

    // A guest that polls, which most do, pays nothing for the interrupts that it has not enabled.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(Vm* vm, uint offset, byte value)
    {
        if (offset == Data && vm->Machine->Slots.Used > 1)
        {
            LineOwner.Announce(vm, value);
        }

        if (offset == InterruptEnable || vm->Board.Serial.CanInterrupt)
        {
            WriteAndFollow(vm, offset, value);
        }
        else
        {
            vm->Board.Serial.Write(offset, value, 0);
        }
    }

    // On the short path. False: nothing was done.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryWriteHot(Vm* vm, uint offset, byte value)
    {
        bool isDone = true;
        if (offset == 0)
        {
            isDone = vm->Machine->Slots.Used <= 1 && vm->Board.Serial.TrySend(value);
        }
        else
        {
            vm->Board.Serial.WriteControl(offset, value);
        }

        if (offset == InterruptEnable || vm->Board.Serial.CanInterrupt)
        {
            Follow(vm);
        }

        return isDone;
    }

    // Reading this asks the console first.
    public static bool IsOutside(Vm* vm, uint offset) => offset is Data or LineStatus && vm->Board.Serial.IsEmpty;

    // At timer exits: escapes are seen, output moves on, and a guest that waits for the interrupt gets one.
    public static void Poll(Vm* vm, ulong now)
    {
        vm->Board.PollDue = now + (IsAwaited(vm) ? TicksIfAwaited : TicksOtherwise);
        Host.Pump();
        vm->Machine->Console.Poll(vm->Machine->Slots.FocusSlot);
        if (vm->Board.Serial.IsListening && vm->Board.Serial.IsEmpty)
        {
            Deliver(vm, now);
            Follow(vm);
        }
    }

    public static void SendBreak(Vm* vm, ulong now)
    {
        vm->Board.Serial.Receive(0, SerialPort.Break, now);
        Follow(vm);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte ReadAndFollow(Vm* vm, uint offset)
    {
        byte value = vm->Board.Serial.Read(offset, Time(vm));
        Follow(vm);
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteAndFollow(Vm* vm, uint offset, byte value)
    {
        vm->Board.Serial.Write(offset, value, Time(vm));
        Follow(vm);
    }

    // Only interrupts by what was received depend on the time.
    private static ulong Time(Vm* vm) => vm->Board.Serial.IsListening ? vm->Board.Now : 0;

    // The port's line, and its deadline where that has come nearer.
    private static void Follow(Vm* vm)
    {
        Lines.Serial(vm);
        if (IsAwaited(vm) && (vm->Board.Serial.Deadline < vm->Board.BoardDue || vm->Board.PollDue < vm->Board.Due))
        {
            Deadlines.BoardChanged(vm);
        }
    }

    private static void Deliver(Vm* vm, ulong now)
    {
        Machine* machine = vm->Machine;
        ref ConsoleQueue queue = ref machine->Console[machine->Slots.Used > 1 ? (int)vm->Slot->Number - 1 : 0];
        while (queue.Count != 0 && vm->Board.Serial.Room != 0)
        {
            vm->Board.Serial.Receive(queue.Take(), 0, now);
        }
    }
}
