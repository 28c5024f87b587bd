// The I/O APIC: brings COM1's line, ISA interrupt 4, to this processor. Intel 82093AA data sheet, 3.0 Register
// Description. The two 8259 of the older way are masked.

using System.Threading;
using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Memory;

namespace MinusOne.Guests.Kernel.Devices;

internal static unsafe class IoApic
{
    public const uint SerialVector = 0x24;

    private const ulong Address = 0xFEC0_0000;
    private const uint SerialLine = 4;
    private const uint FirstRedirection = 0x10;
    private const uint Masked = 1u << 16;

    public static void Initialize()
    {
        Cpu.Out8(0x21, 0xFF);
        Cpu.Out8(0xA1, 0xFF);
        for (uint line = 0; line < 24; line++)
        {
            Write(FirstRedirection + (2 * line), Masked);
        }

        Write(FirstRedirection + (2 * SerialLine) + 1, LocalApic.Id << 24);
        Write(FirstRedirection + (2 * SerialLine), SerialVector);
    }

    private static void Write(uint register, uint value)
    {
        var window = (uint*)Frames.At(Address);
        Volatile.Write(ref window[0], register);
        Volatile.Write(ref window[4], value);
    }
}
