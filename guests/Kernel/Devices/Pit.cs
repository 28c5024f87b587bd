// The 8254's channel 2 as a reference: it counts down once, and port 0x61 tells when it is through. Intel 8254 data
// sheet.

using MinusOne.Guests.Kernel.Machine;

namespace MinusOne.Guests.Kernel.Devices;

internal static class Pit
{
    public const ulong Hertz = 1_193_182;

    private const uint Channel2 = 0x42;
    private const uint Control = 0x43;
    private const uint Gate = 0x61;
    private const uint Output = 0x20;
    private const uint OneShot = 0xB0; // channel 2, both bytes, mode 0

    // A port that nobody answers reads as ones.
    public static bool Exists => Cpu.In8(Gate) != 0xFF;

    public static bool IsThrough => (Cpu.In8(Gate) & Output) != 0;

    public static void Start(uint count)
    {
        Cpu.Out8(Gate, (Cpu.In8(Gate) & 0xFCu) | 1);
        Cpu.Out8(Control, OneShot);
        Cpu.Out8(Channel2, count & 0xFF);
        Cpu.Out8(Channel2, count >> 8);
    }
}
