// The ways of text: the guest's console to the first serial port, the log to the second, both to the screen. With a
// single port the log shares it, each line behind a prefix; with none, the screen is all there is. The first also
// carries the firmware's own console, so our part of it stands between two control sequences that terminals ignore and
// the runner looks for; a third says that firmware no longer takes what is typed. What a guest sends byte by byte goes
// through the Outbox; what is written here comes behind it, so that nothing is reordered.

using System;
using MinusOne.Efi.Host;

namespace MinusOne.Efi.Console;

internal static class Streams
{
    private const byte OfConsole = 1, OfLog = 2;

    private static SerialPort s_console;
    private static SerialPort s_log;
    private static ulong s_lost;

    // A bit for each port: it has sent something, and it does not now.
    private static byte s_hasSent;
    private static byte s_stalled;
    private static bool s_lineStarted;

    // What is printed is kept as well as the log: where there is no guest, it is ours.
    public static bool KeepsConsole { get; set; }

    // The port that has the guest's console, if there is one.
    public static SerialPort Console => s_console;

    // Somebody else than the screen is told.
    public static bool HasPort => s_console.IsThere || s_log.IsThere;

    public static void Open()
    {
        SerialPorts.Find(out s_console, out s_log);
        if (s_log.IsThere)
        {
            s_log.Configure();
        }

        if (s_console.IsThere)
        {
            s_console.Configure();
            SendAll(s_console, "\x1B]777;minusone;start\a"u8);
        }
    }

    public static void Describe()
    {
        Writer line = Writer.Log.Text("serial ports: "u8);
        line = s_console.IsThere ? line.Text("console at "u8).Hex(s_console.Address).Text("h"u8)
            : line.Text("none"u8);
        line = s_log.IsThere ? line.Text(", log at "u8).Hex(s_log.Address).Text("h"u8) : line;
        line.EndLine();
    }

    // Firmware is gone. Up to here its own console was reading, too.
    public static void AskForInput() => SendAll(s_console, "\x1B]777;minusone;input\a"u8);

    public static void Close()
    {
        Outbox.Flush();
        SendAll(s_console, "\x1B]777;minusone;end\a"u8);
        s_console.Drain();
        s_log.Drain();
    }

    public static void Write(Output output, ReadOnlySpan<byte> text)
    {
        Outbox.Flush();
        if (output == Output.Log || KeepsConsole)
        {
            KeptLog.Add(text);
        }

        if (output == Output.Log && s_log.IsThere)
        {
            SendLines(s_log, text);
        }
        else if (output == Output.Log)
        {
            SendPrefixed(text);
        }
        else
        {
            SendAll(s_console, text);
        }

        Screen.Write(output, text);
        if (s_lost != 0)
        {
            TellLost();
        }
    }

    public static bool TryRead(out byte input)
    {
        input = 0;
        return (s_console.IsThere && s_console.TryReceive(out input)) || Keyboard.TryRead(out input);
    }

    public static void HoldInput(bool hold)
    {
        if (s_console.IsThere)
        {
            s_console.HoldInput(hold);
        }
    }

    // False: the port takes nothing. One that has taken something before may do so again, and what is said meanwhile is
    // lost; one that never has is given up, and the other one, if there is one, has its part.
    public static bool IsReady(in SerialPort port)
    {
        byte which = port.IsSame(s_console) ? OfConsole : OfLog;
        if (port.IsReady || ((s_stalled & which) == 0 && port.WaitReady()))
        {
            s_stalled &= (byte)~which;
            s_hasSent |= which;
            return true;
        }

        if ((s_hasSent & which) != 0)
        {
            s_stalled |= which;
            return false;
        }

        s_lost = port.Address;
        s_console = which == OfConsole ? s_log : s_console;
        s_log = default;
        s_hasSent = (s_hasSent & ~which) != 0 ? OfConsole : (byte)0;
        s_stalled = (s_stalled & ~which) != 0 ? OfConsole : (byte)0;
        return false;
    }

    private static void TellLost()
    {
        ulong address = s_lost;
        s_lost = 0;
        Writer.Log.Text("\nminusone: the serial port at "u8).Hex(address)
            .Text("h takes nothing and is given up"u8).EndLine();
    }

    private static void Send(in SerialPort port, byte value)
    {
        bool isGiven = port.IsSame(s_console) || port.IsSame(s_log);
        if (port.IsThere && isGiven && IsReady(port))
        {
            port.Put(value);
        }
    }

    private static void SendAll(SerialPort port, ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            Send(port, value);
        }
    }

    private static void SendLines(SerialPort port, ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            if (value == '\n')
            {
                Send(port, (byte)'\r');
            }

            Send(port, value);
        }
    }

    private static void SendPrefixed(ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            if (!s_lineStarted)
            {
                SendAll(s_console, "[minusone] "u8);
                s_lineStarted = true;
            }

            SendLines(s_console, new ReadOnlySpan<byte>(in value));
            if (value == '\n')
            {
                s_lineStarted = false;
            }
        }
    }
}
