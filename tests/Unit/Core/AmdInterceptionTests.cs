// AMD's maps: ports in three pages, and MSRs in pairs of bits, in three ranges.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class AmdInterceptionTests
{
    [Fact]
    public void EveryMsrHasItsPair()
    {
        using var machine = new CoreMachine(frames: 6);
        Interception map = Allocate(machine);
        var bytes = new Span<byte>(map.Msrs.Pointer, 2 * 4096);
        uint[] ranges = [0, 0xC000_0000, 0xC001_0000];
        for (int range = 0; range < 3; range++)
        {
            for (uint number = 0; number < 0x2000; number++)
            {
                int bit = (range * 0x4000) + ((int)number * 2);
                for (uint accesses = 0; accesses < 4; accesses++)
                {
                    Assert.True(map.SetMsr(ranges[range] + number, accesses));
                    Assert.Equal(accesses << (bit & 7), bytes[bit >> 3]);
                }

                map.SetMsr(ranges[range] + number, 0);
            }
        }

        Assert.True(bytes.IndexOfAnyExcept((byte)0) < 0);
    }

    [Theory]
    [InlineData(0x2000u)]
    [InlineData(0xBFFF_FFFFu)]
    [InlineData(0xC000_2000u)]
    [InlineData(0xC000_FFFFu)]
    [InlineData(0xC001_2000u)]
    [InlineData(0xFFFF_FFFFu)]
    public void OtherMsrsHaveNone(uint msr)
    {
        using var machine = new CoreMachine(frames: 6);
        Interception map = Allocate(machine);
        Assert.False(map.SetMsr(msr, 3));
        Assert.True(new Span<byte>(map.Msrs.Pointer, 2 * 4096).IndexOfAnyExcept((byte)0) < 0);
    }

    // A wide access at the last port reaches bits of the third page.
    [Fact]
    public void PortsLieBehindEachOther()
    {
        using var machine = new CoreMachine(frames: 6);
        Interception map = Allocate(machine);
        var bytes = new Span<byte>(map.PortsLow.Pointer, 3 * 4096);
        foreach (int port in (int[])[0, 7, 0x3F8, 0x7FFF, 0x8000, 0xFFFF])
        {
            map.SetPort((ushort)port, true);
            Assert.Equal(1 << (port & 7), bytes[port >> 3]);
            map.SetPort((ushort)port, false);
            Assert.True(bytes.IndexOfAnyExcept((byte)0) < 0);
        }

        map.InterceptAll();
        Assert.True(new Span<byte>(map.PortsLow.Pointer, 5 * 4096).IndexOfAnyExcept((byte)0xFF) < 0);
        uint left = machine.Machine->Frames.Available;
        map.Release(&machine.Machine->Frames);
        Assert.Equal(left + 5, machine.Machine->Frames.Available);
    }

    private static Interception Allocate(CoreMachine machine)
    {
        Interception map = default;
        Assert.True(map.TryAllocate(&machine.Machine->Frames, inOneRun: true));
        new Span<byte>(map.PortsLow.Pointer, 5 * 4096).Clear();
        return map;
    }
}
