// Pages cleared ahead: whatever is prepared when, a guest finds zeros on every page it touches first, and on every
// other one what it wrote; and nothing is counted before it is touched.

using System;
using System.Linq;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class GuestMemoryAheadTests
{
    private const uint Frames = 200;
    private const int PageBytes = 0x1000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void AFirstTouchFindsZeros(int seed)
    {
        using GuestFixture fixture = new(20, Frames);
        GuestMemory memory = Create(fixture);
        var random = new Random(seed);
        var written = new byte[Frames];
        for (int step = 0; written.Contains((byte)0); step++)
        {
            if (random.Next(10) == 0)
            {
                memory.PrepareAhead();
                continue;
            }

            uint frame = random.Next(2) == 0 ? (uint)random.Next((int)Frames) : (uint)Array.IndexOf(written, (byte)0);
            Gpa address = fixture.Own(frame);
            Resolution result = memory.Resolve(address, PageRights.Write);
            Span<byte> page = Page(fixture, frame);
            Assert.Equal(written[frame] == 0 ? Resolution.Mapped : Resolution.AlreadyMapped, result);
            Assert.True(page.IndexOfAnyExcept(written[frame]) < 0, $"seed {seed}, step {step}, frame {frame}");
            written[frame] = (byte)random.Next(1, 256);
            page.Fill(written[frame]);
        }

        Assert.Equal(Frames, GuestMemoryUse.Of(ref memory).Identity);
    }

    [Fact]
    public void WhatIsPreparedIsNotTouched()
    {
        using GuestFixture fixture = new(20, Frames);
        GuestMemory memory = Create(fixture);
        Assert.Equal(Resolution.Mapped, memory.Resolve(fixture.Own(5), PageRights.Write));
        memory.PrepareAhead();
        Assert.Equal(1UL, GuestMemoryUse.Of(ref memory).Pages);
        int clear = Enumerable.Range(0, (int)Frames)
            .Count(frame => Page(fixture, (uint)frame).IndexOfAnyExcept((byte)0) < 0);
        Assert.InRange(clear, 2, 65); // less than 64 if their table ends
    }

    private static GuestMemory Create(GuestFixture fixture)
    {
        GuestMemory memory = fixture.Create();
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, fixture.Own(0), Frames * PageBytes));
        for (uint frame = 0; frame < Frames; frame++)
        {
            Page(fixture, frame).Fill(0xEE);
        }

        return memory;
    }

    private static Span<byte> Page(GuestFixture fixture, uint frame) =>
        new((void*)fixture.Own(frame).Value, PageBytes);
}
