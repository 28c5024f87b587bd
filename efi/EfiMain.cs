// The story of a boot: who we are, what was asked for, do it, and hand the machine back.

using System.Runtime;
using MinusOne.Efi.Console;
using MinusOne.Efi.Firmware;
using MinusOne.Hv.Report;

namespace MinusOne.Efi;

internal static unsafe class EfiMain
{
    // C# wants a Main in every program. Firmware calls Start.
    private static void Main()
    {
    }

    [RuntimeExport("EfiMain")]
    private static EfiStatus Start(void* image, SystemTable* system)
    {
        Services.Open(image, system);
        Screen.Open();
        Streams.Open();
        Writer.Log.Text("minusone "u8).Text(Version.Text).Text(": a hypervisor in C#, started by firmware"u8).EndLine();
        Streams.Close();
        return EfiStatus.Success;
    }
}
