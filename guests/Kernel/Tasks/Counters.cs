// What the kernel has done so far.
namespace MinusOne.Guests.Kernel.Tasks;

internal static class Counters
{
    public static ulong TimerInterrupts;
    public static ulong SerialInterrupts;
    public static ulong PageFaults;
    public static ulong PagesCopied;
    public static ulong Switches;
    public static ulong SystemCalls;
}
