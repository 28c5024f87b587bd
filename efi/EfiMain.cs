using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
namespace MinusOne.Efi;
internal static unsafe class Program
{
    private static void Main(){}
    [RuntimeExport("EfiMain")]
    private static nuint EfiMain(void* image, void* system)
    {
        foreach (byte b in "MinusOne\r\n"u8) { MinusOne.Hv.Cpu.Out8(0x3f8, b); }
        return 0;
    }
}
