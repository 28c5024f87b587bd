// A queue of anything against a naive one: rings and tables at random, most of them nearly right. What is taken, what
// is read and written through it, and what is given back must be the same; nothing else in memory may change.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Unit.Memory;
using Xunit;

namespace MinusOne.Tests.Unit.Virtio;

public sealed unsafe class VirtQueueTests
{
    private const int RamBytes = 0x8000;
    private const ulong DevicePage = 0x9000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void AnyQueueIsWhatANaiveOneSays(int seed)
    {
        var random = new Random(seed);
        int[] counts = new int[3];
        for (int i = 0; i < 1500; i++)
        {
            counts[(int)Play(random, $"seed {seed}, {i}")]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 50, 1400));
    }

    // What became of the first chain.
    internal static VirtStatus Play(Random random, string what)
    {
        using var frames = new GuestFixture(64, 0);
        GuestMemory memory = frames.Create();
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, default, RamBytes));
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Device, new Gpa(DevicePage), 0x1000));
        var queue = default(VirtQueue);
        queue.Reset();
        queue.Size = (ushort)(1 << random.Next(8));
        queue.Descriptors = random.Next(20) == 0 ? Address(random) & ~15ul : 0x1000;
        queue.Available = random.Next(20) == 0 ? Address(random) & ~1ul : 0x2000;
        queue.Used = 0x3000;
        Fill(random, &memory, in queue);
        VirtStatus status = Take(random, &memory, ref queue, what);
        memory.Release();
        return status;
    }

    private static VirtStatus Take(Random random, GuestMemory* memory, ref VirtQueue queue, string what)
    {
        byte[] before = Snapshot(memory);
        var naive = new NaiveQueue(
            (at, count) => Part(before, at, count), queue.Descriptors, queue.Available, queue.Size, taken: 0);
        IReadOnlyList<NaiveQueue.Buffer> expected = naive.Take(out ushort head);
        VirtChain chain = default;
        VirtStatus status = queue.TryTake(memory, hasEvents: false, ref chain);
        VirtStatus right = expected == null ? VirtStatus.Broken
            : expected.Count == 0 ? VirtStatus.Empty
            : VirtStatus.Ready;
        Assert.True(status == right, $"{what}: {status} for {right}");
        if (status != VirtStatus.Ready)
        {
            Assert.Equal(before, Snapshot(memory));
            return status;
        }

        Assert.Equal(head, chain.Head);
        Assert.Equal(Sum(expected, isWritten: false), chain.Readable);
        Assert.Equal(Sum(expected, isWritten: true), chain.Writable);
        Move(random, memory, ref chain, expected, before);
        uint written = (uint)random.Next(100);
        Assert.True(queue.TryGive(memory, head, written), what);
        BitConverter.GetBytes((ushort)1).CopyTo(before, 0x3002);
        BitConverter.GetBytes((uint)head).CopyTo(before, 0x3004);
        BitConverter.GetBytes(written).CopyTo(before, 0x3008);
        Assert.True(before.AsSpan().SequenceEqual(Snapshot(memory)), $"{what}: something else was written");
        return status;
    }

    // Some bytes from somewhere on, read or written; of what is not there, none behind it.
    private static void Move(
        Random random, GuestMemory* memory, ref VirtChain chain, IEnumerable<NaiveQueue.Buffer> buffers, byte[] copy)
    {
        foreach (bool isWritten in (bool[])[false, true])
        {
            ulong all = isWritten ? chain.Writable : chain.Readable;
            ulong from = all == 0 ? 0 : (ulong)random.NextInt64((long)Math.Min(all, 5000));
            int count = (int)Math.Min(all - from, (ulong)random.Next(1, 6000));
            if (count == 0)
            {
                continue;
            }

            ulong[] places = [.. Places(buffers.Where(buffer => buffer.IsWritten == isWritten), from, count)];
            int good = places.TakeWhile(place => place < RamBytes).Count();
            var bytes = new byte[count];
            random.NextBytes(bytes);
            chain.Seek(from, isWritten);
            bool isDone = isWritten ? chain.TryWrite(memory, bytes) : chain.TryRead(memory, bytes);
            Assert.Equal(good == count, isDone);
            for (int i = 0; i < good; i++)
            {
                if (isWritten)
                {
                    copy[places[i]] = bytes[i];
                }
                else
                {
                    Assert.Equal(copy[places[i]], bytes[i]);
                }
            }
        }
    }

    private static IEnumerable<ulong> Places(IEnumerable<NaiveQueue.Buffer> buffers, ulong skipped, int count)
    {
        foreach (NaiveQueue.Buffer buffer in buffers)
        {
            for (ulong i = Math.Min(skipped, buffer.Length); i < buffer.Length && count > 0; i++, count--)
            {
                yield return buffer.Address + i < i ? ulong.MaxValue : buffer.Address + i;
            }

            skipped -= Math.Min(skipped, buffer.Length);
        }
    }

    private static ulong Sum(IEnumerable<NaiveQueue.Buffer> buffers, bool isWritten) =>
        buffers.Where(buffer => buffer.IsWritten == isWritten).Aggregate(0ul, (sum, buffer) => sum + buffer.Length);

    private static byte[] Snapshot(GuestMemory* memory)
    {
        var bytes = new byte[RamBytes];
        Assert.Equal(Resolution.Mapped, memory->Read(default, bytes));
        return bytes;
    }

    private static byte[] Part(byte[] memory, ulong at, int count) =>
        at < RamBytes && at + (ulong)count <= RamBytes ? memory.AsSpan((int)at, count).ToArray() : null;

    private static void Fill(Random random, GuestMemory* memory, in VirtQueue queue)
    {
        for (int i = 0; i < queue.Size; i++)
        {
            Describe(random, memory, 0x1000 + (16 * (ulong)i), queue.Size, isTable: random.Next(10) == 0);
        }

        // Tables of their own.
        for (int i = 0; i < 16; i++)
        {
            Describe(random, memory, 0x4000 + (16 * (ulong)i), 16, isTable: random.Next(50) == 0);
        }

        var index = (ushort)(random.Next(4) == 0 ? random.Next(0x1_0000) : random.Next(queue.Size + 1));
        Put(memory, 0x2002, BitConverter.GetBytes(index));
        Put(memory, 0x2004, BitConverter.GetBytes((ushort)random.Next(queue.Size + (random.Next(8) == 0 ? 2 : 0))));
    }

    private static void Describe(Random random, GuestMemory* memory, ulong at, int entries, bool isTable)
    {
        uint length = random.Next(30) == 0 ? (uint)random.NextInt64(1L << 32) : (uint)random.Next(1, 3000);
        ulong address = isTable ? 0x4000 : Address(random);
        length = isTable ? (uint)(16 * random.Next(17)) + (random.Next(8) == 0 ? 1u : 0) : length;
        length = random.Next(60) == 0 ? 0 : length;
        bool continues = random.Next(3) != 0 && (!isTable || random.Next(8) == 0);
        bool isWritten = ((at >> 6) & 1) != 0 ^ (random.Next(16) == 0);
        int flags = (continues ? 1 : 0) | (isWritten ? 2 : 0) | (isTable ? 4 : 0);
        uint next = (uint)random.Next(entries + (random.Next(20) == 0 ? 1 : 0));
        Put(memory, at, [.. BitConverter.GetBytes(address), .. BitConverter.GetBytes(length)]);
        Put(memory, at + 12, BitConverter.GetBytes((uint)flags | (next << 16)));
    }

    // Data lies apart from the rings. Some of it is a device's, nobody's, or so high that it wraps.
    private static ulong Address(Random random) => random.Next(24) switch
    {
        0 => DevicePage + (ulong)random.Next(0x1000),
        1 => RamBytes - (ulong)random.Next(0x100),
        2 => ulong.MaxValue - (ulong)random.Next(0x100),
        3 => (ulong)random.NextInt64(),
        _ => 0x5000 + (ulong)random.Next(0x2000),
    };

    private static void Put(GuestMemory* memory, ulong at, ReadOnlySpan<byte> bytes) =>
        Assert.Equal(Resolution.Mapped, memory->Load(new Gpa(at), bytes));
}
