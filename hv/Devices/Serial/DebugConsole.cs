// The debug console of Bochs and QEMU, port 0xE9: a byte written is printed; a read gives 0xE9, by which a guest knows
// it.

namespace MinusOne.Hv.Devices.Serial;

internal static class DebugConsole
{
    public static byte Read() => 0xE9;

    public static void Write(byte value) => Host.Put(value);
}
