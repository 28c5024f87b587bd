// `run host-fault`: a deliberate fault of the hypervisor itself, so that its panic report can be seen and tested. With
// `fault = VECTOR` it is another one than a page fault.

using System;
using System.Runtime.CompilerServices;
using MinusOne.Efi.Options;

namespace MinusOne.Efi.Host;

internal static unsafe class HostFault
{
    private static ulong s_vector;

    public static ReadOnlySpan<byte> Name => "host-fault"u8;

    public static bool TryRead(OptionText options)
    {
        s_vector = OptionValues.NumberOf(options, "fault"u8, (uint)ExceptionVector.PageFault);
        bool isKnown = s_vector is 0 or 2 or 3 or 6 or 8 or 13 or 14 or 18;
        if (!isKnown)
        {
            Writer.Log.Text("minusone: fault is the vector of an exception that host-fault can make: "u8)
                .Text("0, 2, 3, 6, 8, 13, 14 or 18"u8).EndLine();
        }

        return isKnown;
    }

    public static void Raise()
    {
        HostCpu.RaiseFault((uint)s_vector);
        WriteToPageZero();
    }

    // Page 0 is not mapped.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteToPageZero() => *(ulong*)0x10 = 0xDEAD;
}
