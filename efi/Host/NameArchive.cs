// The names that reports print, as Stubs/NameArchive.cs laid them out.

using System;
using System.Runtime;
using System.Runtime.CompilerServices;

namespace MinusOne.Efi.Host;

internal static unsafe class NameArchive
{
    // The start of a table.
    public static byte* Table(int number) => NameArchiveAddress() + ((uint*)NameArchiveAddress())[number];

    // The text that ends before the next zero.
    public static ReadOnlySpan<byte> TextAt(byte* start)
    {
        int length = 0;
        while (start[length] != 0)
        {
            length++;
        }

        return new ReadOnlySpan<byte>(start, length);
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "NameArchiveAddress")]
    private static extern byte* NameArchiveAddress();
}
