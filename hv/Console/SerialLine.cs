// The line between the console and the guest's serial port: what the guest sends is put on the console, what was typed
// waits in a queue until the port wants it.

namespace MinusOne.Hv.Console;

internal static unsafe class SerialLine
{
    public static void Send(void* guest, byte value)
    {
        var vm = (Vm*)guest;
        if (!vm->Board.HasOwnLine)
        {
            LineOwner.Announce(vm, value);
        }

        Host.Put(value);
    }

    // Escapes are seen, output moves on, and the guest's port gets what it has room for.
    public static void Look(void* guest, ulong now, bool wants)
    {
        var vm = (Vm*)guest;
        Machine* machine = vm->Machine;
        Host.Pump();
        machine->Console.Poll(machine->Slots.FocusSlot);
        ref ConsoleQueue queue = ref machine->Console[!vm->Board.HasOwnLine ? (int)vm->Slot->Number - 1 : 0];
        while (wants && queue.Count != 0 && vm->Board.Serial.Room != 0)
        {
            vm->Board.Serial.Receive(queue.Take(), 0, now);
        }
    }
}
