// The line between the console and a port of the guest: what the guest sends is put on the console, what was typed
// waits in a queue until the port wants it. That is the serial port, or the console of virtio if the guest has one.
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

            if (vm->Machine->ProcessorCount > 1)
            {
                ConsoleInput.Of(vm->Machine)->LineOf(vm).Add(vm, value);
                return;
            }

            LineOwner.Announce(vm, value);
        }

        Host.Put(value);
    }

    // A line that the guest has for the log.
    public static void Say(void* guest, ReadOnlySpan<byte> line) =>
        Writer.Log.Text("guest '"u8).Text(VmSlot.Of((Vm*)guest)->Name).Text("' says: "u8).Text(line).EndLine();

    public static void Begin(Vm* vm) =>
        ConsoleInput.Of(vm->Machine)->MirrorOf(vm)
            .Begin(VmSlot.Of(vm)->Settings.TextOnConsole, vm->Board.IsPc);

    // It prints no more.
    public static void End(Vm* vm)
    {
        ConsoleInput.Of(vm->Machine)->MirrorOf(vm).Finish(vm);
        ConsoleInput.Of(vm->Machine)->LineOf(vm).Show(vm);
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
        input->MirrorOf(vm).Look(vm, now);
        input->LineOf(vm).Look(vm);
        input->Reading.Take();
        input->Poll(vm->Processor, VmSlots.Of(machine)->FocusSlot);
        vm->Processor->IsAsked = input->Asker == vm->Processor;
        vm->Board.LooksSeldom = machine->ProcessorCount > 1 && IsForOthers(vm, input);
        GiveKeys(vm, input, now, wants);
        input->Reading.Give();
    }

    // Nobody types at this one, and somebody at another one, which looks often enough for all.
    private static bool IsForOthers(Vm* vm, ConsoleInput* input)
    {
        Vm* focus = VmSlots.Of(vm->Machine)->Focus;
        return focus != null && focus != vm && input->QueueOf(vm).Count == 0;
    }

    private static void GiveKeys(Vm* vm, ConsoleInput* input, ulong now, bool wants)
    {
        ref ConsoleQueue queue = ref input->QueueOf(vm);
        if (VirtioConsole.HasKeys(&vm->Board))
        {
            while (queue.Count != 0 && VirtioConsole.Receive(&vm->Board, queue.Next) is int taken and not 0)
            {
                queue.Skip(taken);
            }

            return;
        }

        while (wants && queue.Count != 0 && vm->Board.Serial.Room != 0)
        {
            vm->Board.Serial.Receive(queue.Take(), 0, now);
        }
    }
}

// A console that several guests share belongs to one of them at a time: each line begins with its writer, and a guest
// that is interrupted in the middle of a line goes on in a new one.
internal static unsafe class LineOwner
{
    // Before this goes out.
    public static void Announce(Vm* vm, byte value)
    {
        ref VmSlots slots = ref *VmSlots.Of(vm->Machine);
        uint number = VmSlot.Of(vm)->Number;
        if (slots.LineOwner != number)
        {
            Put("\r\n["u8[(slots.LineOwner == 0 ? 2 : 0)..]);
            if (number > 9)
            {
                Host.Put((byte)('0' + (number / 10)));
            }

            Host.Put((byte)('0' + (number % 10)));
            Put(" "u8);
            Put(VmSlot.Of(vm)->Name);
            Put("] "u8);
        }

        slots.LineOwner = value == '\n' ? 0 : number;
    }

    // It queues behind what the guests have printed, and does not wait until that is out.
    private static void Put(ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            Host.Put(value);
        }
    }
}
