// What the hypervisor asks of the program around it, besides the processor: somewhere to write to and to read from.
// Like Cpu, implemented in efi/ for the image and in tests/ for the unit tests, and chosen at link time.
namespace MinusOne.Hv.Seam;

internal enum Output : byte
{
    // The guest's console: COM1.
    Console,

    // The hypervisor's own log: COM2, or COM1 with a prefix where there is only one port.
    Log,

    // Whoever debugs a guest.
    Debugger,
}

internal static unsafe partial class Host
{
    // Has arrived when it returns, and everything before it too.
    public static partial void Write(Output output, ReadOnlySpan<byte> text);

    // One byte of a guest's for the console: cheap, kept until Pump or Write, never dropped.
    public static partial void Put(byte value);

    // The same where it costs nothing but a place. False: nothing was done.
    public static partial bool TryPut(byte value);

    // Put has kept so much that a guest which prints should let others go first.
    public static partial bool IsCongested();

    // Moves on what waits to go out, as far as that goes without waiting.
    public static partial void Pump();

    // One byte typed at the guest's console, if there is one.
    public static partial bool TryRead(byte* input);

    // The line to a debugger, if one was asked for. False: nothing has come, or the other end takes nothing.
    public static partial bool TryReadDebugger(byte* input);
    public static partial bool TryPutDebugger(byte value);

    // The port for a program at the other end, for exits that are recorded, and for snapshots: whether there is one,
    // and something for it. False: it takes nothing, and will not.
    public static partial bool HasRecordPort();
    public static partial bool TryRecord(ReadOnlySpan<byte> bytes);

    // Asks the other end not to send (RTS), or to go on.
    public static partial void HoldInput(bool hold);
}
