// The guest kernel's frames against a list of users kept beside: no frame is given twice, and each comes back once.

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using MinusOne.Guests.Kernel.Memory;
using Xunit;

namespace MinusOne.Tests.Unit.Kernel;

public sealed unsafe class FrameAllocatorTests
{
    private const ulong Start = 0x3000;
    private const ulong End = 0x40000;

    [Fact]
    public void GivesAndTakesAsCounted()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var memory = (byte*)NativeMemory.AlignedAlloc((nuint)End, 4096);
            FrameAllocator frames = default;
            frames.Initialize(memory, Start, End);
            var users = new SortedDictionary<ulong, int>();
            for (int i = 0; i < 2000; i++)
            {
                Step(ref frames, users, random, $"seed {seed}, step {i}");
                Assert.Equal(frames.AllFrames - (ulong)users.Count, frames.FreeFrames);
            }

            NativeMemory.AlignedFree(memory);
        }
    }

    // What lies outside is nobody's to free.
    [Fact]
    public void LeavesOthersFramesAlone()
    {
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)End, 4096);
        FrameAllocator frames = default;
        frames.Initialize(memory, Start, End);
        ulong free = frames.FreeFrames;
        frames.Release(Start);
        frames.Release(End);
        Assert.True(frames.IsShared(End));
        Assert.Equal(free, frames.FreeFrames);
        NativeMemory.AlignedFree(memory);
    }

    private static void Step(ref FrameAllocator frames, SortedDictionary<ulong, int> users, Random random, string where)
    {
        if (users.Count == 0 || random.Next(5) < 2)
        {
            ulong frame = frames.Allocate();
            Assert.True(frame == 0 ? frames.FreeFrames == 0 : frame < End && users.TryAdd(frame, 1), where);
            return;
        }

        ulong known = new List<ulong>(users.Keys)[random.Next(users.Count)];
        if (random.Next(3) == 0)
        {
            frames.Share(known);
            users[known]++;
        }
        else
        {
            frames.Release(known);
            users[known]--;
        }

        if (users[known] == 0)
        {
            users.Remove(known);
        }
        else
        {
            Assert.True(frames.IsShared(known) == users[known] > 1, where);
        }
    }
}
