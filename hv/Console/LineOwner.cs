// A console that several guests share belongs to one of them at a time: each line begins with its writer, and a guest
// that is interrupted in the middle of a line goes on in a new one.

namespace MinusOne.Hv.Console;

internal static unsafe class LineOwner
{
    // Before this goes out.
    public static void Announce(Vm* vm, byte value)
    {
        ref VmSlots slots = ref *VmSlots.Of(vm->Machine);
        uint number = VmSlot.Of(vm)->Number;
        if (slots.LineOwner != number)
        {
            Writer.Console.Text("\r\n["u8[(slots.LineOwner == 0 ? 2 : 0)..]).Decimal(number).Text(" "u8)
                .Text(VmSlot.Of(vm)->Name).Text("] "u8);
        }

        slots.LineOwner = value == '\n' ? 0 : number;
    }
}
