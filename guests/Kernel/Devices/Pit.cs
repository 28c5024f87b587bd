// The 8254's channel 2 as a reference: it counts down once, from as far as it can. Intel 8254 data sheet.

using MinusOne.Guests.Kernel.Machine;

namespace MinusOne.Guests.Kernel.Devices;

internal static class Pit
{
    public const ulong Hertz = 1_193_182;

    private const uint Channel2 = 0x42;
    private const uint Control = 0x43;
    private const uint Gate = 0x61;
    private const uint OneShot = 0xB0; // channel 2, both bytes, mode 0
    private const uint Latch = 0x80;

    // A port that nobody answers reads as ones.
    public static bool Exists => Cpu.In8(Gate) != 0xFF;

    // How many ticks since the start, as long as they fit 16 bits.
    public static uint Passed
    {
        get
        {
            Cpu.Out8(Control, Latch);
            return 0xFFFFu - (Cpu.In8(Channel2) | (uint)Cpu.In8(Channel2) << 8);
        }
    }

    public static void Start()
    {
        Cpu.Out8(Gate, (Cpu.In8(Gate) & 0xFCu) | 1);
        Cpu.Out8(Control, OneShot);
        Cpu.Out8(Channel2, 0xFF);
        Cpu.Out8(Channel2, 0xFF);

        // The counter takes the number with its next tick; before that it shows whatever it had.
        while (Passed > short.MaxValue)
        {
        }
    }
}
