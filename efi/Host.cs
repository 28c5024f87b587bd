// The image's side of hv/Host.cs: one processor at a time.

using System;
using MinusOne.Efi.Console;

namespace MinusOne.Hv.Seam;

internal static unsafe partial class Host
{
    public static partial void Write(Output output, ReadOnlySpan<byte> text)
    {
        ConsoleLock.Enter();
        if (output == Output.Debugger)
        {
            Efi.RunCommand.Debugger.Server.Print(text);
        }
        else
        {
            Streams.Write(output, text);
        }

        if (output == Output.Log)
        {
            ConsoleLock.NoteLine(text);
        }

        ConsoleLock.Leave();
    }

    public static partial void Put(byte value)
    {
        ConsoleLock.Enter();
        Outbox.Put(value);
        ConsoleLock.Leave();
    }

    public static partial bool TryPut(byte value) => Outbox.TryPut(value);

    public static partial bool IsCongested() => Outbox.IsCongested;

    public static partial void Pump()
    {
        ConsoleLock.Enter();
        Outbox.Pump();
        ConsoleLock.Leave();
    }

    public static partial bool TryRead(byte* input)
    {
        ConsoleLock.Enter();
        return Left(Streams.TryRead(out *input));
    }

    public static partial bool TryReadDebugger(byte* input)
    {
        ConsoleLock.Enter();
        return Left(DebuggerPort.TryRead(out *input));
    }

    public static partial bool TryPutDebugger(byte value)
    {
        ConsoleLock.Enter();
        return Left(DebuggerPort.TryPut(value));
    }

    public static partial bool HasRecordPort()
    {
        ConsoleLock.Enter();
        return Left(RecordPort.TryOpen());
    }

    public static partial bool TryRecord(ReadOnlySpan<byte> bytes)
    {
        ConsoleLock.Enter();
        return Left(RecordPort.TryPut(bytes));
    }

    public static partial void HoldInput(bool hold)
    {
        ConsoleLock.Enter();
        Streams.HoldInput(hold);
        ConsoleLock.Leave();
    }

    private static bool Left(bool answer)
    {
        ConsoleLock.Leave();
        return answer;
    }
}
