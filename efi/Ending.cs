// How a run ends: one line for programs to read, the last of the log, and then what was asked for by `end`. `status`
// is the exit status of ./build.sh run. A machine without a serial port keeps what it has said on its screen until
// somebody presses a key, at most a minute.

using System;
using MinusOne.Efi.Console;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Host;
using MinusOne.Efi.Options;

namespace MinusOne.Efi;

internal static unsafe class Ending
{
    private const uint Refused = 2;
    private const ulong Seconds = 60;
    private const ulong LooksPerSecond = 20;
    private const ulong Microseconds = 1_000_000;

    private static MachineEnd s_end;

    public static void Read(OptionText options) => s_end = MachineEnds.Of(options);

    // The sentence, if it has not been said, and where it leads: back to firmware.
    public static EfiStatus Refuse(EfiStatus status, ReadOnlySpan<byte> sentence = default)
    {
        if (!sentence.IsEmpty)
        {
            Writer.Log.Text("minusone: "u8).Text(sentence).EndLine();
        }

        Result(Refused, "refused"u8);
        return status;
    }

    public static void Result(uint status, ReadOnlySpan<byte> end) =>
        Writer.Log.Text("minusone: result status="u8).Decimal(status).Text(" end="u8).Text(end).EndLine();

    // While firmware can still be asked, and written through.
    public static void Prepare()
    {
        if (s_end == MachineEnd.Firmware && !SetUpRequest.TryMake())
        {
            Writer.Log.Text("minusone: end = firmware: this firmware cannot be told to stop at its set-up; "u8)
                .Text("the machine starts again as usual"u8).EndLine();
        }

        LastLog.Save();
    }

    // Firmware has the machine still. Comes back if it is to have it again.
    public static void WithFirmware()
    {
        if (!Streams.HasPort && s_end != MachineEnd.Halt)
        {
            SayThatItStays();
            WaitForKey(Services.System->ConIn);
        }

        if (s_end is MachineEnd.Halt or MachineEnd.Reboot or MachineEnd.PowerOff)
        {
            Streams.Close();
            PowerSwitch.WithFirmware(s_end);
        }
    }

    // Firmware has left.
    public static void Alone(ulong tscHertz)
    {
        if (!Streams.HasPort && s_end != MachineEnd.Halt)
        {
            SayThatItStays();
            Keyboard.Wait(Seconds * tscHertz);
        }

        PowerSwitch.Alone(s_end);
    }

    // Not in the log, whose last line tells how the run has ended.
    private static void SayThatItStays() =>
        Writer.Console.Text("minusone: this stays for "u8).Decimal(Seconds).Text(" s, or until a key is pressed"u8)
            .EndLine();

    private static void WaitForKey(SimpleTextInput* keys)
    {
        InputKey key;
        while (keys != null && keys->ReadKeyStroke(keys, &key) == EfiStatus.Success)
        {
            // Typed before there was anything to read.
        }

        for (ulong i = 0; i < Seconds * LooksPerSecond; i++)
        {
            if (keys != null && keys->ReadKeyStroke(keys, &key) == EfiStatus.Success)
            {
                break;
            }

            Services.Boot->Stall(Microseconds / LooksPerSecond);
        }
    }
}
