// The machine a guest sees: the only list of which device sits where. A device knows offsets, not addresses; the board owns the
// ranges. What nobody claims reads as all ones and ignores writes, as an empty bus does.

using MinusOne.Hv.Guests;
using MinusOne.Hv.Report;

namespace MinusOne.Hv.Devices;

internal static unsafe class Board
{
    private const ushort Serial = 0x3F8;
    private const ushort QemuExit = 0x604;
    private const ushort PowerOff = 0x2000;

    private const int TransmitHolding = 0;
    private const int LineStatus = 5;
    private const uint TransmitterEmpty = 0x60;

    public static uint In(Vm* vm, ushort port, int bytes)
    {
        return port == Serial + LineStatus && bytes == 1 ? TransmitterEmpty : uint.MaxValue;
    }

    public static void Out(Vm* vm, ushort port, int bytes, uint value)
    {
        if (port == Serial + TransmitHolding && bytes == 1)
        {
            byte character = (byte)value;
            Host.Write(Output.Console, new System.ReadOnlySpan<byte>(in character));
        }
        else if (port == QemuExit && bytes == 2 && value == PowerOff)
        {
            vm->EndWith(GuestEnd.PoweredOff);
        }
    }
}
