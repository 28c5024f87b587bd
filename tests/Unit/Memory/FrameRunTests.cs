// Runs of frames: five that lie behind each other, and given back only as what they were given.

using System.Collections.Generic;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class FrameRunTests
{
    private const FrameOwner Owner = FrameOwner.VmxRegion;

    [Fact]
    public void RunsAreGivenOnceAndComeBack()
    {
        using Arena arena = new(33);
        FramePool* pool = arena.Pool;
        uint total = pool->Available;
        for (int round = 0; round < 3; round++)
        {
            var frames = new HashSet<ulong>();
            var runs = new List<Hpa>();
            while (pool->TryAllocateRun(Owner, out Hpa run))
            {
                runs.Add(run);
                for (ulong i = 0; i < FramePool.RunFrames; i++)
                {
                    Assert.True(frames.Add((run + (i << 12)).Value));
                }

                Assert.Equal(total - (uint)frames.Count, pool->Available);
            }

            Assert.Equal((int)(total / FramePool.RunFrames), runs.Count);
            Assert.Equal((uint)frames.Count, pool->UsedBy(Owner));
            runs.ForEach(run => Assert.True(pool->FreeRun(run, Owner)));
            Assert.Equal((total, 0u), (pool->Available, pool->UsedBy(Owner)));
        }
    }

    [Fact]
    public void WrongFreesAreRefusedAndChangeNothing()
    {
        using Arena arena = new(16);
        FramePool* pool = arena.Pool;
        Assert.True(pool->TryAllocateRun(Owner, out Hpa run));
        Assert.True(pool->TryAllocate(Owner, out Hpa frame));
        uint left = pool->Available;
        Assert.False(pool->Free(run, Owner));
        Assert.False(pool->Free(run + 0x1000, Owner));
        Assert.False(pool->FreeRun(frame, Owner));
        Assert.False(pool->FreeRun(run + 0x1000, Owner));
        Assert.False(pool->FreeRun(run + 8, Owner));
        Assert.False(pool->FreeRun(run, FrameOwner.GuestPage));
        Assert.False(pool->FreeRun(default, Owner));
        Assert.Equal((left, FramePool.RunFrames + 1), (pool->Available, pool->UsedBy(Owner)));
        Assert.True(pool->FreeRun(run, Owner));
        Assert.False(pool->FreeRun(run, Owner));
        Assert.False(pool->FreeRun(run, FrameOwner.Free));
        Assert.Equal((left + FramePool.RunFrames, 1u), (pool->Available, pool->UsedBy(Owner)));
    }

    // Three frames, then nine: what is left of a range serves as single ones.
    [Fact]
    public void ARunLiesInOneRange()
    {
        using Arena arena = new(0, 14, 4096);
        FramePool* pool = arena.Pool;
        Hpa start = arena.Own;
        Assert.True(pool->Initialize([
            new(start, start + (4 << 12), PhysicalKind.Hypervisor),
            new(start + (5 << 12), start + (14 << 12), PhysicalKind.Hypervisor)]));
        uint total = pool->Available;
        Assert.True(pool->TryAllocateRun(Owner, out Hpa run));
        Assert.Equal(total - FramePool.RunFrames, pool->Available);
        Assert.True(run >= start + (5 << 12));
        Assert.False(pool->TryAllocateRun(Owner, out _));
        var singles = new HashSet<ulong>();
        while (pool->TryAllocate(FrameOwner.GuestPage, out Hpa frame))
        {
            Assert.False(frame >= run && frame < run + (FramePool.RunFrames << 12));
            singles.Add(frame.Value);
        }

        Assert.Equal((int)(total - FramePool.RunFrames), singles.Count);
    }
}
