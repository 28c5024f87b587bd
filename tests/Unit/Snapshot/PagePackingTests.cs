// Pages as they go into a file, and what comes from one that somebody has changed.

using System;
using System.Linq;
using Xunit;

namespace MinusOne.Tests.Unit.Snapshot;

public sealed unsafe class PagePackingTests
{
    private const int PageBytes = SnapshotFormat.PageBytes;

    // Random bytes in the middle of pages of every kind that a guest has.
    [Fact]
    public void WhatIsPackedIsUnpacked()
    {
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] page = Page(random, i);
            byte[] packed = Pack(page);
            byte[] again = new byte[PageBytes];
            Assert.True(packed == null || TryUnpack(packed, again), $"{i}");
            Assert.True(packed == null || page.AsSpan().SequenceEqual(again), $"{i}");
        }
    }

    [Fact]
    public void WhatRepeatsIsShort()
    {
        byte[] page = new byte[PageBytes];
        page[100] = 1;
        Assert.InRange(Pack(page).Length, 1, 40);
        byte[] words = [.. Enumerable.Range(0, PageBytes).Select(i => (byte)(i % 64 * 3))];
        Assert.InRange(Pack(words).Length, 1, 100);
        new Random(2).NextBytes(page);
        Assert.Null(Pack(page));
    }

    // Cut off, changed, or nothing that was ever packed: no byte beyond the page is touched, and none before.
    [Fact]
    public void NothingIsBelieved()
    {
        var random = new Random(3);
        byte[] around = new byte[3 * PageBytes];
        int good = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] packed = Pack(Page(random, i)) ?? [];
            for (int j = random.Next(4); j > 0 && packed.Length > 0; j--)
            {
                packed[random.Next(packed.Length)] = (byte)random.Next(256);
            }

            byte[] piece = packed[..(packed.Length - (random.Next(4) == 0 ? random.Next(packed.Length) : 0))];
            fixed (byte* start = around)
            {
                bool isGood = PagePacking.TryUnpack(piece, start + PageBytes);
                Assert.Equal(isGood, PagePacking.TryUnpack(piece, null));
                good += isGood ? 1 : 0;
            }
        }

        Assert.InRange(good, 1000, 19_000);
        Assert.All(around[..PageBytes], value => Assert.Equal(0, value));
        Assert.All(around[(2 * PageBytes)..], value => Assert.Equal(0, value));
        Assert.False(PagePacking.TryUnpack([], null));
    }

    private static byte[] Page(Random random, int kind)
    {
        byte[] page = new byte[PageBytes];
        byte[] part = new byte[random.Next(1, kind % 5 == 0 ? PageBytes + 1 : 50)];
        random.NextBytes(part);
        for (int i = random.Next(kind % 3 == 0 ? 3 : 200); i > 0; i--)
        {
            int at = random.Next(PageBytes);
            part.AsSpan(0, Math.Min(part.Length, PageBytes - at)).CopyTo(page.AsSpan(at));
        }

        return page;
    }

    private static byte[] Pack(byte[] page)
    {
        byte[] packed = new byte[PageBytes];
        fixed (byte* from = page)
        {
            fixed (byte* to = packed)
            {
                int length = PagePacking.Pack(from, to);
                return length == 0 ? null : packed[..length];
            }
        }
    }

    private static bool TryUnpack(byte[] packed, byte[] page)
    {
        fixed (byte* to = page)
        {
            return PagePacking.TryUnpack(packed, to);
        }
    }
}
