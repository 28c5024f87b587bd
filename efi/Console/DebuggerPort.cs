// The serial port at which a debugger is spoken to: COM3, and only if a run asks for one. It is none of those that
// people read, so neither stream gets into the other.
namespace MinusOne.Efi.Console;

internal static class DebuggerPort
{
    private static SidePort s_port;

    // False: this machine has none.
    public static bool TryOpen() => s_port.TryOpen(SidePort.Com3);

    public static bool TryRead(out byte value) => s_port.TryRead(out value);

    public static bool TryPut(byte value) => s_port.TryPutOrSkip(value);
}
