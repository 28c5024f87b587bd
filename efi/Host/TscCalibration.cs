// The TSC's frequency, measured against the one clock every PC has: channel 2 of the 8254, which counts at 1,193,182 Hz
// and can be watched at port 61h without an interrupt. What CPUID claims is not asked: in emulators and virtual
// machines it is wrong.
namespace MinusOne.Efi.Host;

internal static class TscCalibration
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

    // Longer than any count on any machine, in reads of a port.
    private const int MostPolls = 10_000_000;

    // 0 where there is no such timer.
    public static ulong Measure()
    {
        byte control = (byte)(Cpu.In8(Control) & ~(Gate | LineOwner));
        Cpu.Out8(Control, control);
        Cpu.Out8(Command, 0xB0); // channel 2, low byte then high, mode 0: the output rises at the end
        Cpu.Out8(Channel2, unchecked((byte)Counts));
        Cpu.Out8(Channel2, Counts >> 8);
        Cpu.Out8(Control, (byte)(control | Gate));
        ulong start = Cpu.ReadTsc();
        for (int polls = 0; (Cpu.In8(Control) & Output) == 0; polls++)
        {
            if (polls == MostPolls)
            {
                return 0;
            }
        }

        ulong ticks = Cpu.ReadTsc() - start;
        Cpu.Out8(Control, control);
        return ticks * PitHertz / Counts;
    }
}
