// Reading and writing guest memory across pages, against a flat array; refusals in the middle; hostile addresses and
// lengths.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class GuestCopyTests
{
    private const int Pages = 12, Bytes = Pages * 4096;

    [Fact]
    public void RandomCopies()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            Random random = new(seed);
            using GuestFixture fixture = new(40, Pages);
            Hpa hole = new(fixture.Own((ulong)random.Next(Pages - 2)).Value);
            Assert.True(fixture.Physical->TrySet(hole, hole + 0x2000, PhysicalKind.Reserved));
            GuestMemory memory = fixture.Create(Pages);
            Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, fixture.Own(0), Bytes));
            byte[] flat = new byte[Bytes];
            for (int step = 0; step < 60; step++)
            {
                int start = random.Next(Bytes);
                int length = random.Next(Math.Min(Bytes - start, random.Next(2) == 0 ? 16 : Bytes) + 1);
                Gpa address = new(fixture.Own(0).Value + (ulong)start);
                byte[] bytes = new byte[length];
                if (random.Next(2) == 0)
                {
                    random.NextBytes(bytes);
                    bytes.CopyTo(flat, start);
                    Assert.Equal(Resolution.Mapped, memory.Load(address, bytes));
                }
                else
                {
                    Assert.Equal(Resolution.Mapped, memory.Read(address, bytes));
                    Assert.True(flat.AsSpan(start, length).SequenceEqual(bytes), $"seed {seed} step {step}");
                }
            }

            byte[] all = new byte[Bytes];
            Assert.Equal(Resolution.Mapped, memory.Read(fixture.Own(0), all));
            Assert.Equal(flat, all);
            Assert.Equal((ulong)Pages, GuestMemoryUse.Of(ref memory).Pages);
            Assert.True(memory.Release());
            Assert.Equal(40u, fixture.Arena.Available);
        }
    }

    [Fact]
    public void WhatIsBeforeTheEndIsCopied()
    {
        using GuestFixture fixture = new(8, 3);
        GuestMemory memory = fixture.Create();
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, fixture.Own(0), 0x2000));
        byte[] bytes = new byte[0x1800];
        Array.Fill(bytes, (byte)7);
        Assert.Equal(Resolution.IllegalAddress, memory.Load(fixture.Own(1), bytes));
        Assert.Equal(-1, new ReadOnlySpan<byte>((void*)fixture.Own(1).Value, 4096).IndexOfAnyExcept((byte)7));
        Assert.Equal(0xCC, *(byte*)fixture.Own(2).Value);
        byte[] read = new byte[0x1800];
        Assert.Equal(Resolution.IllegalAddress, memory.Read(fixture.Own(1) + 0x800, read));
        Assert.Equal((byte)7, read[0x7FF]);
        Assert.Equal((byte)0, read[0x800]);
    }

    [Fact]
    public void HostileAddresses()
    {
        using GuestFixture fixture = new(8, 2);
        GuestMemory memory = fixture.Create();
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, fixture.Own(0), 0x2000));
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, default, 0x1000));
        byte[] bytes = new byte[0x3000];
        ulong[] addresses =
        [
            ulong.MaxValue, ulong.MaxValue - 0xFFF, 1UL << 48, fixture.Own(0).Value | (1UL << 48),
            fixture.Own(0).Value - 1, fixture.Own(2).Value,
        ];
        foreach (ulong address in addresses)
        {
            Assert.Equal(Resolution.IllegalAddress, memory.Read(new(address), bytes));
            Assert.Equal(Resolution.IllegalAddress, memory.Load(new(address), bytes));
            Assert.Equal(Resolution.Mapped, memory.Read(new(address), default));
        }

        Assert.Equal(0UL, GuestMemoryUse.Of(ref memory).Pages);
        Assert.Equal(Resolution.IllegalAddress, memory.Read(fixture.Own(0), bytes));
    }

    [Fact]
    public void DevicesAndWatchedPages()
    {
        using GuestFixture fixture = new(8, 3);
        GuestMemory memory = fixture.Create();
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, fixture.Own(1), 0x1000));
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Device, fixture.Own(2), 0x1000));
        byte[] bytes = [1, 2, 3];
        byte[] read = new byte[3];
        Assert.Equal(Resolution.Device, memory.Read(fixture.Own(2), read));
        Assert.Equal(Resolution.Device, memory.Load(fixture.Own(2), read));
        Assert.Equal(Resolution.Mapped, memory.Load(fixture.Own(1), bytes));
        Assert.Equal(TableStatus.Done, memory.Table.Protect(fixture.Own(1).Value, 0x1000, PageRights.Read));
        Assert.Equal(Resolution.Protected, memory.Load(fixture.Own(1), bytes));
        Assert.Equal(Resolution.Mapped, memory.Read(fixture.Own(1), read));
    }
}
