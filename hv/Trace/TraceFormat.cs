// The stream of exits and samples that leaves by a serial port, where a byte takes thousands of instructions: so
// numbers have as many bytes as they need, and most are differences to what came before. It begins with the magic, a
// byte of version and one of flags, and the ticks of a second. Entries follow; a first byte below Header is an exit and
// its reason:
//   - a byte of verdict and marks; when it came, in ticks, as a difference; the ticks that it took; RIP, as a
//     difference; the qualification; then, if marked, what it was about, as a difference, and CR3.
//   - a sample: what the processor was doing; for how many ticks it stands; how many of the outermost frames are those
//     of the sample before; how many others there are; and those, outermost first, as differences.
// The reader (ovmf/Runner/Traces) is compiled with this file.
namespace MinusOne.Hv.Trace;

internal static class TraceFormat
{
    public const byte Version = 1;

    // Flags of the beginning.
    public const byte IsSvm = 1;

    // First bytes: an exit whose reason does not fit follows as a number; guest and processor of what comes next; a
    // guest's number, processors, time and name; a guest's number, time and end.
    public const byte Other = 0x7F;
    public const byte Who = 0x81;
    public const byte GuestBegins = 0x82;
    public const byte GuestEnds = 0x83;

    // Where a processor was, and its callers.
    public const byte Sample = 0x84;

    // What it was doing there; from FirstReason on: the hypervisor dealt with an exit of that reason.
    public const byte AtWork = 0;
    public const byte Halted = 1;
    public const byte FirstReason = 2;

    public const int MostFrames = 48;

    // In an exit's second byte, above the verdict.
    public const byte Verdicts = 0x1F;
    public const byte HasSubject = 0x20;
    public const byte HasCr3 = 0x40;
    public const byte IsFailure = 0x80;

    public const uint MostSamplesASecond = 10_000;

    public const int LongestName = 32;

    public static ReadOnlySpan<byte> Magic => "M1TRACE\n"u8;
}
