// The frame pool: every frame once, all of them back, wrong frees refused, book-keeping out of the way.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class FramePoolTests
{
    private const int Processors = 4;

    // Several processors at once: no frame is given twice.
    [Fact]
    public void ProcessorsDoNotGetTheSameFrame()
    {
        using Arena arena = new(2000);
        uint total = arena.Available;
        nint pool = (nint)arena.Pool;
        bool isGood = true;
        using var start = new Barrier(Processors);
        void Use(int number)
        {
            start.SignalAndWait();
            var own = new Stack<ulong>();
            var random = new Random(number);
            for (int i = 0; i < 100_000; i++)
            {
                if (random.Next(2) == 0 && own.Count < 400)
                {
                    isGood &= ((FramePool*)pool)->TryAllocate(FrameOwner.GuestPage, out Hpa frame);
                    *(ulong*)frame.Pointer = (ulong)number;
                    own.Push(frame.Value);
                }
                else if (own.TryPop(out ulong last))
                {
                    isGood &= *(ulong*)last == (ulong)number;
                    isGood &= ((FramePool*)pool)->Free(new(last), FrameOwner.GuestPage);
                }
            }

            while (own.TryPop(out ulong last))
            {
                isGood &= ((FramePool*)pool)->Free(new(last), FrameOwner.GuestPage);
            }
        }

        Thread[] threads = [.. Enumerable.Range(0, Processors).Select(number => new Thread(() => Use(number)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.True(isGood);
        Assert.Equal(total, arena.Available);
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(5u)]
    [InlineData(818u)]
    [InlineData(819u)]
    [InlineData(2000u)]
    public void EveryFrameIsGivenOnceAndComesBack(uint frames)
    {
        using Arena arena = new(frames);
        uint total = arena.Available;
        for (int round = 0; round < 3; round++)
        {
            HashSet<ulong> given = [];
            while (arena.Pool->TryAllocate(FrameOwner.GuestPage, out Hpa frame))
            {
                Assert.True(given.Add(frame.Value));
                Assert.Equal(0u, frame.PageOffset);
                Assert.True(frame >= arena.Base + (arena.Bookkeeping << 12) && frame < arena.Own);
                new Span<byte>(frame.Pointer, 4096).Fill(0xFF);
            }

            Assert.Equal((int)total, given.Count);
            Assert.Equal(total, arena.Pool->UsedBy(FrameOwner.GuestPage));
            foreach (ulong frame in given)
            {
                Assert.True(arena.Pool->Free(new(frame), FrameOwner.GuestPage));
            }

            Assert.Equal(total, arena.Available);
            Assert.Equal(0u, arena.Pool->UsedBy(FrameOwner.GuestPage));
        }
    }

    [Fact]
    public void WrongFreesAreRefusedAndChangeNothing()
    {
        using Arena arena = new(4, 1, 4096);
        FramePool* pool = arena.Pool;
        Assert.True(pool->TryAllocate(FrameOwner.SecondLevelTable, out Hpa frame));
        Assert.False(pool->Free(frame, FrameOwner.GuestPage));
        Assert.False(pool->Free(frame, FrameOwner.Free));
        Assert.False(pool->Free(frame + 8, FrameOwner.SecondLevelTable));
        Assert.False(pool->Free(arena.Own, FrameOwner.SecondLevelTable));
        Assert.False(pool->Free(arena.Base, FrameOwner.SecondLevelTable));
        Assert.False(pool->Free(default, FrameOwner.SecondLevelTable));
        Assert.False(pool->Free(new(ulong.MaxValue & ~0xFFFUL), FrameOwner.SecondLevelTable));
        Assert.Equal(1u, pool->UsedBy(FrameOwner.SecondLevelTable));
        Assert.Equal(3u, pool->Available);
        Assert.True(pool->Free(frame, FrameOwner.SecondLevelTable));
        Assert.False(pool->Free(frame, FrameOwner.SecondLevelTable));
        Assert.Equal(4u, pool->Available);
    }

    [Fact]
    public void ClearedMeansCleared()
    {
        using Arena arena = new(2);
        Assert.True(arena.Pool->TryAllocateCleared(FrameOwner.GuestPage, out Hpa frame));
        Assert.Equal(-1, new ReadOnlySpan<byte>(frame.Pointer, 4096).IndexOfAnyExcept((byte)0));
        Assert.True(arena.Pool->TryAllocate(FrameOwner.GuestPage, out frame));
        Assert.Equal(0xCC, *(byte*)frame.Pointer);
        Assert.False(arena.Pool->TryAllocateCleared(FrameOwner.GuestPage, out _));
    }

    [Fact]
    public void SeveralRangesRoundInwards()
    {
        using Arena arena = new(0, 64, 4096);
        Hpa start = arena.Base;
        PhysicalRange[] ranges =
        [
            new(start + 1, start + 0x1FFF, PhysicalKind.Hypervisor),
            new(start + 0x2001, start + 0x5000, PhysicalKind.Hypervisor),
            new(start + 0x1_0000, start + 0x1_8FFF, PhysicalKind.Hypervisor),
        ];
        FramePool pool = default;
        Assert.True(pool.Initialize(ranges));
        Assert.Equal(2u + 8 - 1, pool.Total);
        HashSet<ulong> frames = [];
        while (pool.TryAllocate(FrameOwner.GuestPage, out Hpa frame))
        {
            frames.Add(frame - start);
        }

        Assert.Equal([0x4000, 0x1_0000, 0x1_1000, 0x1_2000, 0x1_3000, 0x1_4000, 0x1_5000, 0x1_6000, 0x1_7000], frames);
        Assert.All(frames, frame => Assert.True(pool.Free(start + frame, FrameOwner.GuestPage)));
    }

    [Fact]
    public void ImpossibleRangesAreRefused()
    {
        using Arena arena = new(0, 8, 4096);
        Hpa start = arena.Base;
        FramePool pool = default;
        Assert.False(pool.Initialize([]));
        Assert.False(pool.Initialize([new(start, start + 0xFFF, PhysicalKind.Hypervisor)]));
        Assert.False(pool.Initialize([new(start, start + (1UL << 44), default)]));
        Assert.False(pool.Initialize(new PhysicalRange[FramePool.MaximumRanges + 1]));
        Assert.Equal(0u, pool.Available);
        Assert.False(pool.TryAllocate(FrameOwner.GuestPage, out _));
    }
}
