// `run host-fault`: a deliberate fault of the hypervisor itself, so that its panic report can be seen and tested.

using System;
using System.Runtime.CompilerServices;

namespace MinusOne.Efi.Host;

internal static unsafe class HostFault
{
    public static ReadOnlySpan<byte> Name => "host-fault"u8;

    // Page 0 is not mapped.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void WriteToPageZero() => *(ulong*)0x10 = 0xDEAD;
}
