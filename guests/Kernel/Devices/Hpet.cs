// The high-precision event timer as a reference: only its main counter. IA-PC HPET Specification 1.0a, 2.3
// Memory-Mapped Registers.

using System.Threading;
using MinusOne.Guests.Kernel.Memory;

namespace MinusOne.Guests.Kernel.Devices;

internal static unsafe class Hpet
{
    private const ulong Address = 0xFED0_0000;
    private const int Capabilities = 0;
    private const int Configuration = 2;
    private const int MainCounter = 30;
    private const ulong LongestPeriod = 0x05F5_E100;
    private const ulong FemtosecondsInNanosecond = 1_000_000;

    private static ulong* Registers => (ulong*)Frames.At(Address);

    public static bool Exists => Period is > 0 and <= LongestPeriod;

    // As long as the difference of two readings fits 32 bits.
    public static uint Count => (uint)Volatile.Read(ref Registers[MainCounter]);

    private static ulong Period => Registers[Capabilities] >> 32;

    public static void Start() => Registers[Configuration] = 1;

    public static ulong Nanoseconds(uint ticks) => ticks * Period / FemtosecondsInNanosecond;
}
