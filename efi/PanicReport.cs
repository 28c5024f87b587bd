// The end of a program that broke a rule of its own language: the reason, on every output, and then nothing more. The
// machine is left standing so that the message can be read.

using System.Runtime;
using MinusOne.Efi.Console;

namespace System;

internal static unsafe partial class Panic
{
    private static partial void Report(ReadOnlySpan<byte> what)
    {
        ConsoleLock.Seize();
        Writer.Log.Text("panic: "u8).Text(what).EndLine();
        Stop();
    }

    // Called by the stubs: this processor has no such VMCS field.
    [RuntimeExport("VmcsFieldFailed")]
    private static void VmcsFieldFailed(uint field)
    {
        ulong error = 0;
        bool isTold = VmxCpu.TryVmRead((uint)VmcsReadOnly32.InstructionError, &error) == VmxResult.Succeed;
        isTold &= error != 0;
        ConsoleLock.Seize();
        uint failure = isTold ? (uint)Failure.InstructionError1 - 1 + (uint)error : (uint)Failure.NoCurrentStructure;
        Writer.Log.Text("panic: VMCS field "u8).Hex(field, 4).Text(" cannot be read or written: "u8)
            .Text(FailureReport.MessageOf(failure)).EndLine();
        FailureReport.Explain(Output.Log, failure);
        Stop();
    }

    public static void Fail(ReadOnlySpan<byte> what) => Report(what);

    public static void Stop()
    {
        MinusOne.Efi.Ending.Result(status: 1, "panic"u8);
        Streams.Close();
        while (true)
        {
            Cpu.Pause();
        }
    }
}
