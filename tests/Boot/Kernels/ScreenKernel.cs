// A kernel that knows no serial port, as the first ones of most tutorials: it writes to the text page of the screen.

extern alias guests;

using guests::MinusOne.Guests.Kit;
using guests::MinusOne.Hv.Processor;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Boot.Kernels;

internal static class ScreenKernel
{
    private const uint Screen = 0xB8000, RowBytes = 160;
    private const int Rows = 25, LightGrey = 0x0700;

    private static readonly string[] s_lines = ["Hello, screen", "", "nothing else is here"];

    public static string Printed => string.Join("\r\n", s_lines) + "\r\n";

    public static byte[] Make(uint load)
    {
        var builder = new ImageBuilder(load);
        Write(builder.AddPart(32));
        return builder.Build(StartMode.Protected).Bytes;
    }

    private static void Write(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(edi, Screen);
        c.mov(ecx, RowBytes * Rows / 4);
        c.mov(eax, 0x0720_0720);
        c.rep.stosd();
        for (int row = 0; row < s_lines.Length; row++)
        {
            for (int i = 0; i < s_lines[row].Length; i++)
            {
                c.mov(__word_ptr[Screen + ((uint)row * RowBytes) + (2 * (uint)i)], LightGrey | s_lines[row][i]);
            }
        }

        part.PowerOff();
    }
}
