// The bus against a naive one: ranges that come in any order, and accesses of every width; overlaps are
// refused, and the index of the short path leads nowhere else than the long one.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class BusTests : IDisposable
{
    private const int PageShift = 12;

    private readonly Bus* _bus = (Bus*)NativeMemory.AllocZeroed((nuint)sizeof(Bus));

    public BusTests() => _bus->Reset();

    public void Dispose() => NativeMemory.Free(_bus);

    [Theory]
    [InlineData(true, 0x10, 0x10, 0x20, 0x10)]
    [InlineData(true, 0x10, 1, 0xFFFF, 1)]
    [InlineData(false, 0x10, 0x11, 0x20, 0x10)]
    [InlineData(false, 0x10, 0x20, 0x18, 8)]
    [InlineData(false, 0x20, 0x10, 0x10, 0x11)]
    [InlineData(false, 0x20, 0x10, 0x20, 0x10)]
    [InlineData(false, 0x20, 1, 0x10, 0)]
    [InlineData(false, 0x10, 0x10, 0xFFFF, 2)]
    [InlineData(false, 0x10, 0x10, 0x1_0000, 1)]
    public void OverlapsAreRefused(bool isApart, ulong first, uint bytes, ulong second, uint secondBytes)
    {
        Assert.True(_bus->Ports.TryAdd(first, bytes, Device(1)));
        Assert.Equal(isApart, _bus->Ports.TryAdd(second, secondBytes, Device(2)));
        Assert.Equal(isApart ? 2 : 1, _bus->Ports.Count);
        Assert.Equal(!isApart, _bus->HasRefused);
    }

    [Fact]
    public void ItTakesAsManyAsItHasRoomFor()
    {
        for (uint i = 0; i < BusRanges.Most; i++)
        {
            Assert.True(_bus->Ports.TryAdd(2 * i, 1, Device(1)));
        }

        Assert.False(_bus->Ports.TryAdd(0x8000, 1, Device(1)));
        Assert.InRange(sizeof(Bus), 1, 4096);
    }

    // Pages of memory, so that the short path takes part.
    [Fact]
    public void AnyHistoryIsWhatANaiveBusSays()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            _bus->Reset();
            var random = new Random(seed);
            var naive = new List<(ulong First, uint Bytes, int Tag)>();
            for (int step = 1; step < 200; step++)
            {
                Add(random, naive, step);
                for (int look = 0; look < 8; look++)
                {
                    ulong address = Address(random) + (ulong)random.Next(0x1000);
                    int bytes = 1 << random.Next(4);
                    ulong expected = Expected(naive, address, bytes);
                    ulong actual = _bus->Memory.Read(null, address, bytes);
                    Assert.True(expected == actual, $"seed {seed}, {step}: {address:X}: {actual:X} for {expected:X}");
                    ulong page = address >> PageShift;
                    ulong place = BusRanges.FindShort(_bus->Memory.Short, page);
                    place = BusRanges.IsFor(place, page) ? place : 0;
                    (ulong first, uint size, int tag) = At(naive, address);
                    bool isLed = place != 0 && tag != 0;
                    Assert.True(!isLed || (ushort)(place >> BusRanges.OffsetShift) == ((address - first) & ~0xFFFul));
                    Assert.True(place == 0 || tag != 0 || size == 0);
                }
            }
        }
    }

    private static ulong Address(Random random) => 0xF000_0000 + ((ulong)random.Next(64) << PageShift);

    private void Add(Random random, List<(ulong First, uint Bytes, int Tag)> naive, int step)
    {
        ulong first = Address(random);
        uint bytes = (uint)random.Next(1, 4) << PageShift;
        bool isFree = naive.Count < BusRanges.Most && IsFree(naive, first, bytes);
        Assert.Equal(isFree, _bus->Memory.TryAdd(first, bytes, Device(step)));
        if (isFree)
        {
            naive.Add((first, bytes, step));
        }
    }

    private static bool IsFree(IEnumerable<(ulong First, uint Bytes, int Tag)> naive, ulong first, uint bytes) =>
        naive.All(range => first + bytes <= range.First || range.First + range.Bytes <= first);

    private static (ulong First, uint Bytes, int Tag) At(
        List<(ulong First, uint Bytes, int Tag)> naive, ulong address) =>
        naive.FirstOrDefault(range => address - range.First < range.Bytes);

    // A device answers with its tag and the offset, in the width that it is asked in, up to 4 bytes.
    private static ulong Expected(List<(ulong First, uint Bytes, int Tag)> naive, ulong address, int bytes)
    {
        (ulong first, uint size, int tag) = At(naive, address);
        if (bytes == 1 || (bytes <= 4 && tag != 0 && address + (uint)bytes <= first + size))
        {
            return tag == 0 ? byte.MaxValue : Answer(tag, (uint)(address - first), bytes);
        }

        ulong value = 0;
        for (int i = 0; i < bytes; i++)
        {
            value |= Expected(naive, address + (uint)i, 1) << (8 * i);
        }

        return value;
    }

    private static ulong Answer(int tag, uint offset, int bytes) =>
        ((ulong)tag * 0x0101_0101 ^ offset * 0x9E37_79B9) & (ulong.MaxValue >> (64 - (8 * bytes)));

    private static ulong Read(void* tag, uint offset, int bytes) => Answer((int)tag, offset, bytes);

    private static void Ignore(void* tag, uint offset, int bytes, ulong value)
    {
    }

    private static BusRange Device(int tag) => new()
    {
        Owner = (void*)tag,
        Widest = 4,
        Chip = ShortChip.Hpet,
        Read = &Read,
        Write = &Ignore,
    };
}
