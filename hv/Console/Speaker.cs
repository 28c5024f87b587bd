// Whose line it is, where several guests share the console: each begins with who writes it, and whoever is interrupted
// in the middle of a line goes on in a new one.

using MinusOne.Hv.Report;

namespace MinusOne.Hv.Console;

internal static unsafe class Speaker
{
    // Before this goes out.
    public static void Announce(Vm* vm, byte value)
    {
        ref Seats seats = ref vm->Machine->Seats;
        uint number = vm->Seat->Number;
        if (seats.Speaker != number)
        {
            Writer.Console.Text("\r\n["u8[(seats.Speaker == 0 ? 2 : 0)..]).Decimal(number).Text(" "u8)
                .Text(vm->Seat->Name).Text("] "u8);
        }

        seats.Speaker = value == '\n' ? 0 : number;
    }
}
