// Which ways an execution took, as AFL counts them: instrumented code adds one to a byte of the map for each step from
// a branch to the next. A step never taken is new, and so is one taken about twice as often as ever before.

using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MinusOne.Tests.Unit.Fuzz;

internal sealed unsafe class Coverage : IDisposable
{
    public const int Bytes = 1 << 16;

    private static readonly byte[] s_buckets = BucketsByCount();

    private readonly byte[] _seen = new byte[Bytes];

    public Coverage() => Clear();

    // Instrumented code writes here.
    public byte* Map { get; } = (byte*)NativeMemory.AlignedAlloc(Bytes, 64);

    public void Dispose() => NativeMemory.AlignedFree(Map);

    public void Clear() => new Span<byte>(Map, Bytes).Clear();

    // Adds what the execution reached to what is known: whether any of it is new. The map is mostly zeros.
    public bool Add()
    {
        bool isNew = false;
        for (int i = 0; i < Bytes; i += Vector256<byte>.Count)
        {
            if (Vector256.LoadAligned(Map + i) != Vector256<byte>.Zero)
            {
                isNew |= Add(i, Vector256<byte>.Count);
            }
        }

        return isNew;
    }

    private bool Add(int start, int bytes)
    {
        bool isNew = false;
        for (int i = start; i < start + bytes; i++)
        {
            byte bucket = s_buckets[Map[i]];
            isNew |= (bucket & ~_seen[i]) != 0;
            _seen[i] |= bucket;
        }

        return isNew;
    }

    // 1, 2, 3, and from 4, 8, 16, 32 and 128 on: a bit each.
    private static byte[] BucketsByCount()
    {
        byte[] buckets = new byte[256];
        ReadOnlySpan<int> starts = [1, 2, 3, 4, 8, 16, 32, 128, 256];
        for (int i = 0; i < 8; i++)
        {
            buckets.AsSpan(starts[i]..starts[i + 1]).Fill((byte)(1 << i));
        }

        return buckets;
    }
}
