// The bitmaps of ports and MSRs, every bit of them: the right one moves, and no other.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class InterceptionTests
{
    private static readonly uint[] s_interesting =
        [0, 1, 7, 8, 0xE1, 0x7FF, 0x800, 0x83F, 0x840, 0x1FFF, 0xC000_0000, 0xC000_0080, 0xC000_1FFF];

    [Fact]
    public void EveryPortHasItsBit()
    {
        using var machine = new CoreMachine(frames: 3);
        Interception map = Allocate(machine);
        for (int port = 0; port <= ushort.MaxValue; port++)
        {
            map.SetPort((ushort)port, true);
            Hpa page = port >= 0x8000 ? map.PortsHigh : map.PortsLow;
            Hpa other = port >= 0x8000 ? map.PortsLow : map.PortsHigh;
            int bit = port % 0x8000;
            Span<byte> bytes = Page(page);
            Assert.True(bytes[bit / 8] == 1 << (bit % 8), $"port {port:X}");
            bytes[bit / 8] = 0;
            Assert.True(bytes.IndexOfAnyExcept((byte)0) < 0, $"a neighbour of port {port:X}");
            Assert.True(Page(other).IndexOfAnyExcept((byte)0) < 0, $"the other page, port {port:X}");
        }
    }

    [Fact]
    public void EveryPortCanBeLetThrough()
    {
        using var machine = new CoreMachine(frames: 3);
        Interception map = Allocate(machine);
        map.InterceptAll();
        for (int port = 0; port <= ushort.MaxValue; port += 5)
        {
            map.SetPort((ushort)port, false);
            Span<byte> bytes = Page(port >= 0x8000 ? map.PortsHigh : map.PortsLow);
            int bit = port % 0x8000;
            Assert.True(bytes[bit / 8] == (byte)~(1 << (bit % 8)), $"port {port:X}");
            map.SetPort((ushort)port, true);
            Assert.True(bytes[bit / 8] == 0xFF, $"port {port:X}");
        }
    }

    // Power-off's port of QEMU stands in A, and the one above it is left alone.
    [Fact]
    public void Port604()
    {
        using var machine = new CoreMachine(frames: 3);
        Interception map = Allocate(machine);
        map.SetPort(0x604, true);
        Assert.Equal(1 << 4, Page(map.PortsLow)[0xC0]);
    }

    [Fact]
    public void EveryMsrHasItsTwoBits()
    {
        using var machine = new CoreMachine(frames: 3);
        Interception map = Allocate(machine);
        Span<byte> bytes = Page(map.Msrs);
        foreach (uint first in (uint[])[0, 0xC000_0000])
        {
            for (uint number = 0; number < 0x2000; number++)
            {
                for (uint accesses = 1; accesses <= 3; accesses++)
                {
                    Assert.True(map.SetMsr(first + number, accesses));
                    int quarter = first == 0 ? 0 : 1024;
                    Check(bytes, quarter, number, (accesses & 1) != 0);
                    Check(bytes, quarter + 2048, number, (accesses & 2) != 0);
                    Assert.True(map.SetMsr(first + number, 0));
                    Assert.True(
                        bytes[quarter + ((int)number / 8)] == 0 && bytes[quarter + 2048 + ((int)number / 8)] == 0);
                }

                if (number % 256 == 255)
                {
                    Assert.True(bytes.IndexOfAnyExcept((byte)0) < 0, $"a neighbour of MSR {first + number:X}");
                }
            }
        }
    }

    // EFER is 80h of the high quarter of writes: bit 24704 of the page.
    [Fact]
    public void WritesOfEfer()
    {
        using var machine = new CoreMachine(frames: 3);
        Interception map = Allocate(machine);
        Assert.True(map.SetMsr(0xC000_0080, Interception.Writes));
        Span<byte> bytes = Page(map.Msrs);
        Assert.Equal(1, bytes[24704 / 8]);
        bytes[24704 / 8] = 0;
        Assert.True(bytes.IndexOfAnyExcept((byte)0) < 0);
    }

    // A range, and nothing beside it.
    [Fact]
    public void TheLocalApicAndItsNeighbours()
    {
        using var machine = new CoreMachine(frames: 3);
        Interception map = Allocate(machine);
        for (uint msr = 0x800; msr <= 0x83F; msr++)
        {
            map.SetMsr(msr, Interception.Reads | Interception.Writes);
        }

        map.SetMsr(0xE1, Interception.Reads | Interception.Writes);
        Span<byte> bytes = Page(map.Msrs);
        Assert.True(bytes[..2048].SequenceEqual(bytes[2048..]));
        Assert.Equal(1 << 1, bytes[0xE1 / 8]);
        Assert.Equal(-1, bytes.Slice(0x100, 8).IndexOfAnyExcept((byte)0xFF));
        Assert.Equal((0, 0), (bytes[0xFF], bytes[0x108]));
    }

    [Theory]
    [InlineData(0x2000u)]
    [InlineData(0xBFFF_FFFFu)]
    [InlineData(0xC000_2000u)]
    [InlineData(0x4000_0000u)]
    [InlineData(0xFFFF_FFFFu)]
    public void OtherMsrsHaveNoBit(uint msr)
    {
        using var machine = new CoreMachine(frames: 3);
        Interception map = Allocate(machine);
        Assert.False(map.SetMsr(msr, 3));
        Assert.True(Page(map.Msrs).IndexOfAnyExcept((byte)0) < 0);
    }

    [Fact]
    public void BitsOfNeighboursAreIndependent()
    {
        using var machine = new CoreMachine(frames: 3);
        Interception map = Allocate(machine);
        map.InterceptAll();
        foreach (uint msr in s_interesting)
        {
            map.SetMsr(msr, 0);
        }

        int clear = 0;
        foreach (byte value in Page(map.Msrs))
        {
            clear += 8 - System.Numerics.BitOperations.PopCount(value);
        }

        Assert.Equal(2 * s_interesting.Length, clear);
    }

    [Fact]
    public void ReleaseTakesWhatThereIs()
    {
        for (int frames = 1; frames <= 3; frames++)
        {
            using var machine = new CoreMachine(frames: frames);
            Interception map = default;
            Assert.Equal(frames == 3, map.TryAllocate(&machine.Machine->Frames, inOneRun: false));
            map.Release(&machine.Machine->Frames);
            Assert.Equal((uint)frames, machine.Machine->Frames.Available);
        }
    }

    private static Interception Allocate(CoreMachine machine)
    {
        Interception map = default;
        Assert.True(map.TryAllocate(&machine.Machine->Frames, inOneRun: false));
        return map;
    }

    private static Span<byte> Page(Hpa page) => new(page.Pointer, 4096);

    private static void Check(Span<byte> bytes, int quarter, uint number, bool intercepted) => Assert.True(
        bytes[quarter + ((int)number / 8)] == (intercepted ? 1 << ((int)number % 8) : 0),
        $"MSR {number:X} at {quarter}");
}
