// The ways of text: the guest's console to COM1, the log to COM2, both to the screen. With a single port the log shares
// it, each line behind a prefix; with none, the screen is all there is. COM1 also carries the firmware's own console,
// so our part of it stands between two control sequences that terminals ignore and the runner looks for; a third says
// that firmware no longer takes what is typed. What a guest sends byte by byte goes through the Outbox; what is written
// here comes behind it, so that nothing is reordered.

using System;

namespace MinusOne.Efi.Console;

internal static class Streams
{
    private static bool s_hasCom1;
    private static bool s_hasCom2;
    private static bool s_lineStarted;

    private static SerialPort Com1 => new(SerialPort.Com1);

    private static SerialPort Com2 => new(SerialPort.Com2);

    public static void Open()
    {
        s_hasCom1 = Com1.Exists();
        s_hasCom2 = Com2.Exists();
        if (s_hasCom2)
        {
            Com2.Configure();
        }

        if (s_hasCom1)
        {
            Com1.Configure();
            Outbox.HasPort = true;
            SendAll(Com1, "\x1B]777;minusone;start\a"u8);
        }
    }

    // Firmware is gone. Up to here its own console was reading, too.
    public static void AskForInput()
    {
        if (s_hasCom1)
        {
            SendAll(Com1, "\x1B]777;minusone;input\a"u8);
        }
    }

    public static void Close()
    {
        Outbox.Flush();
        if (s_hasCom1)
        {
            SendAll(Com1, "\x1B]777;minusone;end\a"u8);
            Com1.Drain();
        }

        if (s_hasCom2)
        {
            Com2.Drain();
        }
    }

    public static void Write(Output output, ReadOnlySpan<byte> text)
    {
        Outbox.Flush();
        if (output == Output.Log && s_hasCom2)
        {
            SendLines(Com2, text);
        }
        else if (output == Output.Log && s_hasCom1)
        {
            SendPrefixed(text);
        }
        else if (s_hasCom1)
        {
            SendAll(Com1, text);
        }

        Screen.Write(output, text);
    }

    public static bool TryRead(out byte input)
    {
        input = 0;
        return s_hasCom1 && Com1.TryReceive(out input);
    }

    public static void HoldInput(bool hold)
    {
        if (s_hasCom1)
        {
            Com1.HoldInput(hold);
        }
    }

    private static void SendAll(SerialPort port, ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            port.Send(value);
        }
    }

    private static void SendLines(SerialPort port, ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            if (value == '\n')
            {
                port.Send((byte)'\r');
            }

            port.Send(value);
        }
    }

    private static void SendPrefixed(ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            if (!s_lineStarted)
            {
                SendAll(Com1, "[minusone] "u8);
                s_lineStarted = true;
            }

            SendLines(Com1, new ReadOnlySpan<byte>(in value));
            if (value == '\n')
            {
                s_lineStarted = false;
            }
        }
    }
}
