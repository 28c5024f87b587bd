// The image's side of hv/Host.cs.

using System;
using MinusOne.Efi.Console;

namespace MinusOne.Hv.Seam;

internal static unsafe partial class Host
{
    public static partial void Write(Output output, ReadOnlySpan<byte> text)
    {
        if (output == Output.Debugger)
        {
            Efi.RunCommand.Debugger.Server.Print(text);
        }
        else
        {
            Streams.Write(output, text);
        }
    }

    public static partial void Put(byte value) => Outbox.Put(value);

    public static partial bool TryPut(byte value) => Outbox.TryPut(value);

    public static partial bool IsCongested() => Outbox.IsCongested;

    public static partial void Pump() => Outbox.Pump();

    public static partial bool TryRead(byte* input) => Streams.TryRead(out *input);

    public static partial bool TryReadDebugger(byte* input) => DebuggerPort.TryRead(out *input);

    public static partial bool TryPutDebugger(byte value) => DebuggerPort.TryPut(value);

    public static partial bool HasRecordPort() => RecordPort.TryOpen();

    public static partial bool TryRecord(ReadOnlySpan<byte> bytes) => RecordPort.TryPut(bytes);

    public static partial void HoldInput(bool hold) => Streams.HoldInput(hold);
}
