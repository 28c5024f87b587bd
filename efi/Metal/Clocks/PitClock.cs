// The TSC against channel 2 of the 8254, which counts at 1,193,182 Hz and can be watched at port 61h without an
// interrupt. A port that never changes, or shows the end before the beginning, is no timer.
namespace MinusOne.Efi.Metal.Clocks;

internal static class PitClock
{
    private const ulong PitHertz = 1_193_182;

    // 50 ms, almost as long as it can count: an emulator's timer goes in steps of 1 us, which are 20 ppm of it.
    private const ushort Counts = 59_659;

    private const ushort Channel2 = 0x42;
    private const ushort Command = 0x43;
    private const ushort Control = 0x61;
    private const byte Gate = 0x01;
    private const byte LineOwner = 0x02;
    private const byte Output = 0x20;

    // Longer than any count takes, in reads of a port and in ticks.
    private const int MostPolls = 10_000_000;
    private const ulong MostTicks = ClockReading.MostHertz / 10;

    // One that firmware interrupts (SMI) where it matters is in doubt, and made again.
    private const int Tries = 3;
    private const ulong GoodDoubt = 100;

    public static ClockReading Measure()
    {
        ClockReading best = default;
        for (int i = 0; i < Tries; i++)
        {
            ClockReading reading = Once();
            if (!reading.IsThere)
            {
                break;
            }

            best = !best.IsThere || reading.Doubt < best.Doubt ? reading : best;
            if (best.Doubt <= GoodDoubt)
            {
                break;
            }
        }

        return best;
    }

    private static ClockReading Once()
    {
        byte control = (byte)(Cpu.In8(Control) & ~(Gate | LineOwner));
        Cpu.Out8(Control, control);
        Cpu.Out8(Command, 0xB0); // channel 2, low byte then high, mode 0: the output rises at the end
        Cpu.Out8(Channel2, unchecked((byte)Counts));
        Cpu.Out8(Channel2, Counts >> 8);
        bool hasRisen = IsHigh;
        ulong before = Cpu.ReadTsc();
        Cpu.Out8(Control, (byte)(control | Gate));
        ulong start = Cpu.ReadTsc();
        ulong last = start;
        ulong now = start;
        for (int polls = 0; !hasRisen && !IsHigh; polls++)
        {
            last = now;
            now = Cpu.ReadTsc();
            hasRisen = polls == MostPolls || now - start > MostTicks;
        }

        ulong end = Cpu.ReadTsc();
        Cpu.Out8(Control, control);
        return hasRisen
            ? default
            : ClockReading.Of(ClockKind.Pit, end - start, (start - before) + (end - last), Counts, PitHertz);
    }

    private static bool IsHigh => (Cpu.In8(Control) & Output) != 0;
}
