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
            // One of many that try the same is not shown.
            if (VmSlot.Of(vm)->Settings.HasSeeds)
            {
                return;
            }

            LineOwner.Announce(vm, value);
        }

        Host.Put(value);
    }

    // What was typed for a guest that is gone is not for the next one.
    public static void Forget(Vm* vm)
    {
        if (!vm->Board.HasOwnLine)
        {
            ConsoleInput.Of(vm->Machine)->QueueOf(vm).Clear();
        }
    }

    // Escapes are seen, output moves on, and the guest's port gets what it has room for.
    public static void Look(void* guest, ulong now, bool wants)
    {
        var vm = (Vm*)guest;
        Machine* machine = vm->Machine;
        Host.Pump();
        ConsoleInput* input = ConsoleInput.Of(machine);
        input->Poll(VmSlots.Of(machine)->FocusSlot);
        machine->IsAsked = input->Request != ConsoleRequest.None;
        ref ConsoleQueue queue = ref input->QueueOf(vm);
        while (wants && queue.Count != 0 && vm->Board.Serial.Room != 0)
        {
            vm->Board.Serial.Receive(queue.Take(), 0, now);
        }
    }
}
