// Commands that do something to a guest, or let it go on.
namespace MinusOne.Hv.Console;

internal static unsafe class MonitorActs
{
    private const ulong UsualSteps = 16, MostSteps = 10_000;

    public static void Guests(ref MonitorCall call) =>
        Monitor.ListGuests(call.Output, ref *VmSlots.Of(call.Vm->Machine));

    public static void SendNmi(ref MonitorCall call) => call.Vcpu->Events.PendNmi();

    public static void PressPower(ref MonitorCall call)
    {
        if (!call.Vm->Board.IsPc)
        {
            call.Line.Text("this guest has no power button"u8).EndLine();
            return;
        }

        PowerAccess.PressButton(&call.Vm->Board);
    }

    public static void Stop(ref MonitorCall call)
    {
        VmSlot.Of(call.Vm)->Stop();
        call.Ends = true;
    }

    public static void Restart(ref MonitorCall call)
    {
        VmSlot.Of(call.Vm)->Stop();
        VmSlot.Of(call.Vm)->Again();
        call.Ends = true;
    }

    public static void Start(ref MonitorCall call)
    {
        ref VmSlots slots = ref *VmSlots.Of(call.Vm->Machine);
        for (int i = 0; i < slots.Used; i++)
        {
            if (slots.At(i)->Vm == null && slots.At(i)->Left == 0 && slots.At(i)->Settings.Processors != 0)
            {
                // Nobody may be left at its old place to start it.
                slots.At(i)->PutOn(VmSlot.Of(call.Vm)->Home);
                slots.At(i)->Again();
            }
        }

        call.Ends = true;
    }

    // A debugger's room makes them, once the line has been obeyed.
    public static void Steps(ref MonitorCall call)
    {
        if (call.Output != Output.Debugger)
        {
            call.Line.Text("steps are a debugger's: start with --gdb, and say monitor steps in gdb"u8).EndLine();
        }
        else if (MonitorValue.TryCount(ref call, UsualSteps, MostSteps, out ulong count))
        {
            ConsoleInput.Of(call.Vm->Machine)->Steps = (uint)count;
        }
        else
        {
            MonitorHelp.Usage(ref call, "steps"u8, "steps takes a number of at most 10000"u8);
        }
    }

    public static void Continue(ref MonitorCall call) => call.Ends = true;
}
