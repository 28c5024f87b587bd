// Talks to whoever is at the console, between two exits: the guest stands still meanwhile. Ctrl-A and a letter ask for
// it (ConsoleInput); the monitor's own commands are words, of which the beginning is enough.
namespace MinusOne.Hv.Console;

internal static unsafe class Monitor
{
    private const int LongestLine = 32;
    private const byte Backspace = 0x08;
    private const byte Delete = 0x7F;

    private static ReadOnlySpan<byte> Commands =>
        "registers exits pages nmi power continue quit help guests stop restart start"u8;

    public static void Answer(Vm* vm, Vcpu* vcpu, ulong now)
    {
        Machine* machine = vm->Machine;
        VmSlots.Of(machine)->NextLook = 0;
        Vm* shown = VmSlots.Of(machine)->Focus;
        if (shown != null && shown != vm)
        {
            VcpuSwitch.To(machine, shown->Vcpu);
            Act(shown, shown->Vcpu, now);
            VcpuSwitch.To(machine, vcpu);
        }
        else
        {
            Act(vm, vcpu, now);
        }

        // Every line of a guest says anew whose it is. Whoever comes or goes does it between two turns.
        VmSlots.Of(machine)->LineOwner = 0;
        if (VmSlots.Of(machine)->Used > 1 && vm->Leaving == TurnEnd.None)
        {
            vm->Leaving = TurnEnd.Preempted;
        }
    }

    private static void Act(Vm* vm, Vcpu* vcpu, ulong now)
    {
        ref ConsoleInput input = ref *ConsoleInput.Of(vm->Machine);
        ConsoleRequest request = input.Request;
        input.Request = ConsoleRequest.None;
        vm->Machine->IsAsked = false;
        switch (request)
        {
            case ConsoleRequest.Stop: Stop(vm); break;
            case ConsoleRequest.Break: SerialAccess.SendBreak(&vm->Board, now); break;
            case ConsoleRequest.Monitor: Converse(vm, vcpu); break;
            case ConsoleRequest.Focus: SetFocus(ref *VmSlots.Of(vm->Machine), input.Wanted); break;
            default:
                Writer.Console.Text("\nCtrl-A x ends the run, c opens the monitor, b sends a break, a sends Ctrl-A"u8)
                    .Text(", 1-9 and n choose a guest"u8).EndLine();
                break;
        }
    }

    private static void Stop(Vm* vm)
    {
        vm->Machine->IsStopped = true;
        vm->EndWith(GuestEnd.Stopped);
    }

    private static void Converse(Vm* vm, Vcpu* vcpu)
    {
        byte* line = stackalloc byte[LongestLine];
        ulong began = Cpu.ReadTsc();
        Writer.Console.Text("\nThe guest stands still; help shows what you can do."u8).EndLine();
        bool stays;
        do
        {
            Writer.Console.Text("minusone> "u8);
            stays = Obey(vm, vcpu, new ReadOnlySpan<byte>(line, ReadLine(line)));
        }
        while (stays);
        ulong ended = Cpu.ReadTsc();
        VmSlots.Of(vm->Machine)->Scheduler.Skip(ended);
        GuestTime.Skip(vm, vcpu, ended - began);
    }

    // False: back to the guest, if there is still one.
    private static bool Obey(Vm* vm, Vcpu* vcpu, ReadOnlySpan<byte> line)
    {
        switch (Find(line))
        {
            case 0: Registers(vm, vcpu); return true;
            case 1: FinalReport.Exits(Output.Console, vm->Counters); return true;
            case 2: FinalReport.Memory(Output.Console, vm); return true;
            case 3: vcpu->Events.PendNmi(); return true;
            case 4: PressPower(vm); return true;
            case 5: return false;
            case 6: Stop(vm); return false;
            case 8: ListGuests(ref *VmSlots.Of(vm->Machine)); return true;
            case 9: VmSlot.Of(vm)->Stop(); return false;
            case 10: VmSlot.Of(vm)->Stop(); VmSlot.Of(vm)->Again(); return false;
            case 11: StartAll(ref *VmSlots.Of(vm->Machine)); return false;
            default: Writer.Console.Text(Commands).EndLine(); return true;
        }
    }

    // Shows those of all its processors that have been started.
    private static void Registers(Vm* vm, Vcpu* vcpu)
    {
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            Vcpu* shown = vm->At(i);
            if (vm->VcpuCount > 1)
            {
                Writer.Console.Text("processor "u8).Decimal((uint)i)
                    .Text(i != 0 && shown->Slot == Vcpu.NoSlot ? " is not started"u8 : ""u8).EndLine();
            }

            if (i == 0 || shown->Slot != Vcpu.NoSlot)
            {
                VcpuSwitch.To(vm->Machine, shown);
                GuestStateReport.Print(Output.Console, ref shown->Registers);
            }
        }

        VcpuSwitch.To(vm->Machine, vcpu);
    }

    private static void SetFocus(ref VmSlots slots, byte wanted)
    {
        slots.SetFocus(wanted is >= (byte)'1' and <= (byte)'9' ? wanted - '1' : slots.FocusSlot + 1);
        ListGuests(ref slots);
    }

    private static void ListGuests(ref VmSlots slots)
    {
        Writer.Console.EndLine();
        for (int i = 0; i < slots.Used; i++)
        {
            VmSlot* slot = slots.At(i);
            Writer.Console.Text(slots.Focus == slot->Vm && slot->Vm != null ? "* "u8 : "  "u8).Decimal(slot->Number)
                .Text(" "u8).Text(slot->Name).Text(slot->Vm != null ? " runs"u8 : " has ended"u8).EndLine();
        }
    }

    private static void StartAll(ref VmSlots slots)
    {
        for (int i = 0; i < slots.Used; i++)
        {
            if (slots.At(i)->Vm == null && slots.At(i)->Left == 0)
            {
                slots.At(i)->Again();
            }
        }
    }

    private static void PressPower(Vm* vm)
    {
        if (!vm->Board.IsPc)
        {
            Writer.Console.Text("this guest has no power button"u8).EndLine();
            return;
        }

        PowerAccess.PressButton(&vm->Board);
    }

    // The first command that begins so; an empty line is none.
    private static int Find(ReadOnlySpan<byte> line)
    {
        int index = 0;
        foreach (ReadOnlySpan<byte> command in new WordList(Commands))
        {
            if (!line.IsEmpty && command.StartsWith(line))
            {
                return index;
            }

            index++;
        }

        return index;
    }

    // With an echo. What does not fit is not taken.
    private static int ReadLine(byte* line)
    {
        int length = 0;
        while (true)
        {
            byte value = Next();
            if (value is (byte)'\r' or (byte)'\n')
            {
                Writer.Console.EndLine();
                return length;
            }

            if (value is Backspace or Delete)
            {
                Writer.Console.Text("\b \b"u8[..(length > 0 ? 3 : 0)]);
                length = Math.Max(0, length - 1);
            }
            else if (value > ' ' && length < LongestLine)
            {
                line[length++] = value;
                Writer.Console.Text(new ReadOnlySpan<byte>(in value));
            }
        }
    }

    private static byte Next()
    {
        byte value;
        while (!Host.TryRead(&value))
        {
            Cpu.Pause();
        }

        return value;
    }
}
