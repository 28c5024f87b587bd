// The port to which firmware made for QEMU says what it does: a byte written to 402h is shown as the serial port's are,
// and reading gives the byte by which the port is known.
namespace MinusOne.Hv.Devices.Platform;

internal static unsafe class DebugPort
{
    private const ulong IsThere = 0xE9;

    public static void Plug(Board* board)
    {
        var range = new BusRange { Owner = board, Widest = 1, Read = &Read, Write = &Write };
        board->Bus->Ports.TryAdd(0x402, 1, range);
    }

    private static ulong Read(void* board, uint offset, int bytes) => IsThere;

    private static void Write(void* owner, uint offset, int bytes, ulong value)
    {
        var board = (Board*)owner;
        board->Calls->Sent(board->Guest, (byte)value);
    }
}
