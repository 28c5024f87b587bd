// The line between the console and the guest's serial port. The guest's FIFO gets something only when the guest looks
// for it, or has asked to be interrupted: what is typed before a guest has set its port up is not lost when it does.

namespace MinusOne.Hv.Console;

internal static unsafe class SerialLine
{
    private const uint Data = 0;
    private const uint LineStatus = 5;

    public static byte Read(Vm* vm, uint offset, ulong now)
    {
        if (offset is Data or LineStatus && vm->Serial.IsEmpty)
        {
            Host.Pump();
            vm->Machine->Console.Poll();
            Deliver(vm, now);
        }

        return vm->Serial.Read(offset, now);
    }

    // At timer exits: escapes are seen, output moves on, and a guest that waits for the interrupt gets one.
    public static void Poll(Vm* vm, ulong now)
    {
        Host.Pump();
        vm->Machine->Console.Poll();
        if (vm->Serial.IsListening && vm->Serial.IsEmpty)
        {
            Deliver(vm, now);
        }
    }

    private static void Deliver(Vm* vm, ulong now)
    {
        ref ConsoleInput input = ref vm->Machine->Console;
        while (input.Count != 0 && vm->Serial.Room != 0)
        {
            vm->Serial.Receive(input.Take(), 0, now);
        }
    }
}
