// Copy, fill and clear: what the compiler calls for large structs and what spans are made of. Copies may overlap:
// forward if the destination lies below the source, in blocks of 64 bytes, then 8, then 1; otherwise backward in the
// smaller steps.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace System;

internal static unsafe class SpanHelpers
{
    public static void Memmove(ref byte destination, ref byte source, nuint length)
    {
        byte* to = (byte*)Unsafe.AsPointer(ref destination);
        byte* from = (byte*)Unsafe.AsPointer(ref source);
        if ((nuint)(to - from) < length)
        {
            CopyBackward(to, from, length);
        }
        else
        {
            CopyForward(to, from, length);
        }
    }

    public static void ClearWithoutReferences(ref byte destination, nuint length) =>
        FillBytes((byte*)Unsafe.AsPointer(ref destination), length, 0);

    public static void Fill<T>(ref T destination, nuint count, T value)
    {
        if (Unsafe.SizeOf<T>() == 1)
        {
            byte pattern = Unsafe.As<T, byte>(ref value);
            FillBytes((byte*)Unsafe.AsPointer(ref destination), count, pattern * 0x0101_0101_0101_0101UL);
            return;
        }

        for (nuint i = 0; i < count; i++)
        {
            Unsafe.Add(ref destination, i) = value;
        }
    }

    private static void CopyForward(byte* to, byte* from, nuint length)
    {
        for (; length >= 64; length -= 64, to += 64, from += 64)
        {
            *(Block64*)to = *(Block64*)from;
        }

        for (; length >= 8; length -= 8, to += 8, from += 8)
        {
            *(ulong*)to = *(ulong*)from;
        }

        for (; length != 0; length--)
        {
            *to++ = *from++;
        }
    }

    private static void CopyBackward(byte* to, byte* from, nuint length)
    {
        for (; length >= 8; length -= 8)
        {
            *(ulong*)(to + length - 8) = *(ulong*)(from + length - 8);
        }

        while (length != 0)
        {
            length--;
            to[length] = from[length];
        }
    }

    private static void FillBytes(byte* to, nuint length, ulong pattern)
    {
        for (; length >= 32; length -= 32, to += 32)
        {
            ((ulong*)to)[0] = pattern;
            ((ulong*)to)[1] = pattern;
            ((ulong*)to)[2] = pattern;
            ((ulong*)to)[3] = pattern;
        }

        for (; length >= 8; length -= 8, to += 8)
        {
            *(ulong*)to = pattern;
        }

        for (; length != 0; length--)
        {
            *to++ = (byte)pattern;
        }
    }

    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Block64
    {
    }
}
