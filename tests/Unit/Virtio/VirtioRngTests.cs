// Random numbers behind a queue: those of the processor, no more at a time than it may be held for, and a driver that
// asks for what is none.

using System;
using System.Linq;
using Xunit;

namespace MinusOne.Tests.Unit.Virtio;

public sealed unsafe class VirtioRngTests : IDisposable
{
    private const uint Rdrand = 1u << 30;
    private const ulong Buffer = 0x8000;

    private readonly VirtioGuest _guest = Create(Choice.Yes, Rdrand);
    private ulong _last;

    public VirtioRngTests()
    {
        Cpu.Soft.Random = () => _last += 0x0101_0101_0101_0101;
        _guest.Begin();
    }

    public void Dispose() => _guest.Dispose();

    // Without RDRAND there is nothing to give, and nobody has one who does not want it.
    [Theory]
    [InlineData((int)Choice.Yes, Rdrand, 0x1044_1AF4u)]
    [InlineData((int)Choice.Yes, 0u, uint.MaxValue)]
    [InlineData((int)Choice.No, Rdrand, uint.MaxValue)]
    [InlineData((int)Choice.Usual, Rdrand, uint.MaxValue)]
    internal void ItIsThereWhereTheProcessorHasNumbers(int choice, uint features, uint id)
    {
        using VirtioGuest guest = Create((Choice)choice, features);
        guest.Board->Out(0xCF8, 4, 0x8000_0800);
        Assert.Equal(id, guest.Board->In(0xCFC, 4));
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(8u)]
    [InlineData(21u)]
    [InlineData(256u)]
    internal void BufferIsFilled(uint bytes)
    {
        _guest.OfferOne(0, Buffer, bytes, 2);
        Assert.Equal((1, bytes, true), (_guest.Given(), _guest.Written(), _guest.IsLineHigh));
        Assert.Equal(
            [.. Enumerable.Range(0, (int)bytes).Select(i => (byte)(1 + (i / 8))), 0],
            _guest.Read(Buffer, (int)bytes + 1));
    }

    // A number that is not ready is asked for again; ones alone are a known defect.
    [Fact]
    public void ProcessorMayNeedAnotherTry()
    {
        int calls = 0;
        Cpu.Soft.Random = () => ++calls switch { 1 or 2 => null, 3 => ulong.MaxValue, _ => 0x22 };
        _guest.OfferOne(0, Buffer, 1, 2);
        Assert.Equal((4, 0x22), (calls, _guest.Read(Buffer, 1)[0]));
        Cpu.Soft.Random = null;
        _guest.OfferOne(0, Buffer, 1, 2);
        Assert.Equal((true, 1), (_guest.IsBroken, _guest.Given()));
    }

    // A queue full of huge buffers: a few numbers each, and the guest runs between them.
    [Fact]
    public void HugeBuffersDoNotHoldTheProcessor()
    {
        for (int i = 0; i < 16; i++)
        {
            _guest.Describe(i, Buffer, 0x7000, 2, 0);
            _guest.Write(VirtioGuest.Available + 4 + (2 * (ulong)i), (byte)i);
        }

        _guest.Write(VirtioGuest.Available + 2, 16);
        _guest.Kick();
        Assert.InRange(_guest.Given(), 5, 10);
        Assert.True(_guest.Board->BoardDue <= _guest.Board->Now);
        _guest.Finish();
        Assert.Equal((16, 256u, false), (_guest.Given(), _guest.Written(), _guest.IsBroken));
    }

    [Theory]
    [InlineData(Buffer, 0)]
    [InlineData(0xFFF_F000ul, 2)]
    [InlineData(ulong.MaxValue, 2)]
    public void BadBuffersBreakIt(ulong at, int flags)
    {
        _guest.OfferOne(0, at, 64, flags);
        Assert.Equal((true, 0), (_guest.IsBroken, _guest.Given()));
        _guest.Begin();
        _guest.OfferOne(0, Buffer, 64, 2);
        Assert.Equal((false, 1), (_guest.IsBroken, _guest.Given()));
    }

    private static VirtioGuest Create(Choice choice, uint features) =>
        new(new DeviceOrder { Rng = choice }, queues: 1, size: 16, features: features);
}
