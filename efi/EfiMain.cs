// The story of a boot: who we are, what was asked for, do it, say how it ended, and hand the machine back.

using System;
using System.Runtime;
using MinusOne.Efi.Console;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Host;
using MinusOne.Efi.Metal;
using MinusOne.Efi.Options;

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
        RunCommand.EntryTsc = Cpu.ReadTsc();
        Services.Open(image, system);
        Services.Boot->SetWatchdogTimer(0, 0, 0, null); // it would reset the machine behind a menu, or the guests
        MachineTables.Read();
        Screen.Open();
        Streams.Open();
        LastLog.Recall();
        KeptLog.Open();
        Writer.Log.Text("\n"u8);
        Banner(": a hypervisor in C#, started by firmware"u8);
        Screen.Complain();
        LastLog.Tell();
        OptionText options = RunOptions.Read();
        Ending.Read(options);
        Keyboard.Read(options);
        if (ScreenMode.Set(options))
        {
            Screen.Open();
            Banner(": a hypervisor in C#, started by firmware"u8);
        }

        EfiStatus status = Run(options);
        Ending.WithFirmware();
        KeptLog.Close();
        LoanedPages.GiveBack();
        ScreenMode.Restore();
        Streams.Close();
        return status;
    }

    // Also said on the way back to firmware: by then a table may have pushed the first off the screen.
    public static void Banner(ReadOnlySpan<byte> what) =>
        Writer.Log.Text("minusone "u8).Text(Version.Text).Text(what).EndLine();

    private static EfiStatus Run(OptionText options)
    {
        bool named = options.TryGet("run"u8, out ReadOnlySpan<byte> guests);
        if (!named && !KernelOptions.AreGiven(options))
        {
            guests = BootMenu.Choose(options);
            named = !guests.IsEmpty;
        }

        if (guests.IsEmpty && KernelOptions.AreGiven(options))
        {
            return RunCommand.Run(options, GuestNames.Kernel);
        }

        return !named || guests.SequenceEqual("check"u8) ? CheckCommand.Run(options) : RunCommand.Run(options, guests);
    }
}
