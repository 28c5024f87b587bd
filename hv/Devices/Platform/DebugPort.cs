// The ports to which guests write what they have to say: E9h of Bochs and QEMU, and 402h of firmware made for QEMU. A
// byte written goes the way of the serial port's; reading gives the byte by which a guest knows the port.
namespace MinusOne.Hv.Devices.Platform;

internal static unsafe class DebugPort
{
    public const ushort Bochs = 0xE9, Firmware = 0x402;

    private const ulong IsThere = 0xE9;

    public static void Plug(Board* board, ushort port)
    {
        var range = new BusRange { Owner = board, Widest = 1, Read = &Read, Write = &Write };
        board->Bus->Ports.TryAdd(port, 1, range);
    }

    private static ulong Read(void* board, uint offset, int bytes) => IsThere;

    private static void Write(void* owner, uint offset, int bytes, ulong value)
    {
        var board = (Board*)owner;
        board->Calls->Sent(board->Guest, (byte)value);
    }
}
