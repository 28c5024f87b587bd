// Talks to whoever is at the console, between two exits: the guest stands still meanwhile. Ctrl-A and a letter ask for
// it (ConsoleInput); the monitor's own commands are words (MonitorCommand), of which the beginning is enough.
namespace MinusOne.Hv.Console;

internal static unsafe class Monitor
{
    public static void Answer(Vm* vm, Vcpu* vcpu, ulong now)
    {
        Machine* machine = vm->Machine;
        HostProcessor* own = vm->Processor;
        Standstill.Begin(own);
        Rota.Of(own)->NextLook = 0;
        Vm* shown = VmSlots.Of(machine)->Focus;
        if (shown != null && shown != vm)
        {
            VcpuSwitch.To(shown->Vcpu);
            Act(shown, shown->Vcpu, now);
        }
        else
        {
            Act(vm, vcpu, now);
        }

        if (vm->IsSpread || (shown != null && shown != vm))
        {
            VcpuSwitch.To(vcpu);
        }

        // Every line of a guest says anew whose it is. Whoever comes or goes does it between two turns.
        VmSlots.Of(machine)->LineOwner = 0;
        Standstill.End(own);
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
        vm->Processor->IsAsked = false;
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
        ref MonitorLine line = ref ConsoleInput.Of(vm->Machine)->Line;
        ulong began = Cpu.ReadTsc();
        Writer.Console.Text("\nThe guest stands still; help shows what you can do."u8).EndLine();
        while (Obey(Output.Console, vm, vcpu, line.Read(), began))
        {
        }

        ulong ended = Cpu.ReadTsc();
        Rota.Of(vm->Processor)->Scheduler.Skip(ended);
        GuestTime.Skip(vm, vcpu, ended - began);
        Excuse(ref *VmSlots.Of(vm->Machine));
    }

    // Guests that got nowhere while somebody talked are not stuck.
    private static void Excuse(ref VmSlots slots)
    {
        for (int slot = 0; slot < slots.Used; slot++)
        {
            Vm* vm = slots.At(slot)->Vm;
            for (int i = 0; vm != null && i < vm->VcpuCount; i++)
            {
                Progress.Moved(vm->At(i));
            }
        }
    }

    // Carries a line out for a guest that stands still, with this processor of it loaded; what there is to say goes to
    // the output. False: the conversation is over, back to the guest, if there is still one.
    public static bool Obey(Output output, Vm* vm, Vcpu* vcpu, ReadOnlySpan<byte> line, ulong since = 0)
    {
        var call = new MonitorCall { Output = output, Vm = vm, Vcpu = vcpu, Words = new WordList(line), Since = since };
        if (call.Words.MoveNext())
        {
            if (MonitorCommand.TryFind(call.Words.Current, out MonitorCommand command))
            {
                command.Run(ref call);
            }
            else
            {
                MonitorHelp.Unknown(output, call.Words.Current);
            }
        }

        return !call.Ends;
    }

    public static void Quit(ref MonitorCall call)
    {
        Stop(call.Vm);
        call.Ends = true;
    }

    private static void SetFocus(ref VmSlots slots, byte wanted)
    {
        slots.SetFocus(wanted is >= (byte)'1' and <= (byte)'9' ? wanted - '1' : slots.FocusSlot + 1);
        ListGuests(Output.Console, ref slots);
    }

    public static void ListGuests(Output output, ref VmSlots slots)
    {
        new Writer(output).EndLine();
        for (int i = 0; i < slots.Used; i++)
        {
            VmSlot* slot = slots.At(i);
            new Writer(output).Text(slots.Focus == slot->Vm && slot->Vm != null ? "* "u8 : "  "u8)
                .Decimal(slot->Number).Text(" "u8).Text(slot->Name)
                .Text(slot->Vm != null ? " runs"u8 : " has ended"u8).EndLine();
        }
    }
}
