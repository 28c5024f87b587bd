// In the compiled core library a panic ends in machine code that the tests import: it leaves the probe.

using System.Runtime;
using System.Runtime.CompilerServices;

namespace System;

internal static unsafe partial class Panic
{
    private static partial void Report(ReadOnlySpan<byte> what)
    {
        fixed (byte* text = what)
        {
            PanicReported(text, what.Length);
        }
    }

    // Does not return.
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "PanicReported")]
    private static extern void PanicReported(byte* text, int length);
}
