// The other half of the host seam for unit tests: what is written is kept, and what is to be typed can be given.

using System;
using System.Collections.Generic;

namespace MinusOne.Hv.Seam;

internal static unsafe partial class Host
{
    [ThreadStatic]
    private static List<byte>[] s_written;

    [ThreadStatic]
    private static Queue<byte> s_typed;

    [ThreadStatic]
    private static Queue<byte> s_fromDebugger;

    [ThreadStatic]
    private static ConsoleRoom s_room;

    [field: ThreadStatic]
    internal static bool IsInputHeld { get; private set; }

    internal static ConsoleRoom Room => s_room ??= new ConsoleRoom();

    internal static Queue<byte> Typed => s_typed ??= new Queue<byte>();

    internal static Queue<byte> FromDebugger => s_fromDebugger ??= new Queue<byte>();

    internal static List<byte> Written(Output output)
    {
        s_written ??= new List<byte>[byte.MaxValue + 1];
        return s_written[(byte)output] ??= [];
    }

    // What is said to whoever debugs becomes packets, which is the debugger's to do.
    internal delegate void Listener(ReadOnlySpan<byte> text);

    [field: ThreadStatic]
    internal static Listener Debugger { get; set; }

    public static partial void Write(Output output, ReadOnlySpan<byte> text)
    {
        if (output == Output.Debugger && Debugger != null)
        {
            Debugger(text);
        }
        else
        {
            Written(output).AddRange(text);
        }
    }

    public static partial void Put(byte value) => Written(Output.Console).Add(value);

    // As in the image, one in 16 is refused.
    public static partial bool TryPut(byte value)
    {
        if (Written(Output.Console).Count % 16 == 0)
        {
            return false;
        }

        Put(value);
        return true;
    }

    public static partial bool IsCongested() => Room.IsLittle || Written(Output.Console).Count >= Room.Bytes;

    public static partial void Pump()
    {
    }

    public static partial bool TryReadDebugger(byte* input) => FromDebugger.TryDequeue(out *input);

    public static partial bool TryPutDebugger(byte value)
    {
        if (!Room.IsDebuggerStuck)
        {
            Written(Output.Debugger).Add(value);
        }

        return !Room.IsDebuggerStuck;
    }

    public static partial bool HasRecordPort() => Room.MostRecorded != 0;

    public static partial bool TryRecord(ReadOnlySpan<byte> bytes)
    {
        if (Room.Recorded + bytes.Length > Room.MostRecorded)
        {
            return false;
        }

        Room.Recorded += bytes.Length;
        Written((Output)byte.MaxValue).AddRange(bytes);
        return true;
    }

    public static partial void HoldInput(bool hold) => IsInputHeld = hold;

    public static partial bool TryRead(byte* input) => Typed.TryDequeue(out *input);
}

// What a script of the guest's, on its own thread, says of the console.
internal sealed class ConsoleRoom
{
    public bool IsLittle { get; set; }

    // What it takes before there is little.
    public int Bytes { get; set; } = int.MaxValue;

    // What the port for recorded exits has taken, and would take.
    public int Recorded { get; set; }

    // A debugger that has stopped reading.
    public bool IsDebuggerStuck { get; set; }

    public int MostRecorded { get; set; } = int.MaxValue;
}
