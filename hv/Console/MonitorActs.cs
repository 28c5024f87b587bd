// Commands that do something to a guest, or let it go on.
namespace MinusOne.Hv.Console;

internal static unsafe class MonitorActs
{
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
            if (slots.At(i)->Vm == null && slots.At(i)->Left == 0)
            {
                slots.At(i)->Again();
            }
        }

        call.Ends = true;
    }

    public static void Continue(ref MonitorCall call) => call.Ends = true;
}
