// A console by virtio: what the guest sends is shown like what it sends to its serial port, a piece at a time, and what
// is typed waits until it has buffers for it.

using System;
using System.Linq;
using System.Text;
using MinusOne.Tests.Unit.Devices;
using Xunit;

namespace MinusOne.Tests.Unit.Virtio;

public sealed unsafe class VirtioConsoleTests : IDisposable
{
    private const ulong Buffer = 0x8000;
    private const uint Milliseconds = 100_000;

    private readonly VirtioGuest _guest = Create(ConsoleKind.Virtio);

    public VirtioConsoleTests() => _guest.Begin();

    public void Dispose()
    {
        Host.Room.Bytes = int.MaxValue;
        _guest.Dispose();
    }

    [Theory]
    [InlineData((int)ConsoleKind.Virtio, 0x1043_1AF4u)]
    [InlineData((int)ConsoleKind.SerialOfBoth, 0x1043_1AF4u)]
    [InlineData((int)ConsoleKind.Serial, uint.MaxValue)]
    [InlineData((int)ConsoleKind.Usual, uint.MaxValue)]
    internal void ItIsThereIfItIsWanted(int kind, uint id)
    {
        using VirtioGuest guest = Create((ConsoleKind)kind);
        guest.Board->Out(0xCF8, 4, 0x8000_0800);
        Assert.Equal(id, guest.Board->In(0xCFC, 4));
    }

    // In order with what leaves by the serial port.
    [Fact]
    public void WhatIsSentIsShown()
    {
        Send("one "u8);
        _guest.Board->Out(0x3F8, 1, '+');
        Send(" two"u8);
        Assert.Equal("one + two", BoardMachine.Printed);
        Assert.Equal((2, 0u, true), (_guest.Given(1), _guest.Written(1), _guest.IsLineHigh));
    }

    // The guest runs between the pieces of a long one.
    [Fact]
    public void LongTextIsShownInPieces()
    {
        byte[] text = [.. Enumerable.Range(0, 9000).Select(i => (byte)('a' + (i % 23)))];
        Send(text);
        Assert.InRange(BoardMachine.Printed.Length, 512, 2048);
        Assert.Equal(0, _guest.Given(1));
        Assert.True(_guest.Board->BoardDue <= _guest.Board->Now);
        _guest.Finish();
        Assert.Equal(Encoding.ASCII.GetString(text), BoardMachine.Printed);
        Assert.Equal((1, GuestClock.Never), (_guest.Given(1), _guest.Board->Bus->Due));
    }

    // Others have the line, too: it goes on with the next byte when there is room again, and is not in a hurry.
    [Fact]
    public void WhoSharesAFullLineWaits()
    {
        _guest.Board->HasOwnLine = false;
        _guest.Board->Calls->Sent = &Put;
        _guest.Board->Calls->Look = &LookNowhere;
        Host.Room.Bytes = 200;
        byte[] text = [.. Enumerable.Range(0, 300).Select(i => (byte)('a' + (i % 23)))];
        Send(text);
        Assert.Equal((200, 0), (BoardMachine.Printed.Length, _guest.Given(1)));
        Assert.InRange(_guest.Board->Bus->Due - _guest.Board->Now, Milliseconds - 1000, Milliseconds);
        _guest.Pass(Milliseconds);
        Assert.Equal((200, 0), (BoardMachine.Printed.Length, _guest.Given(1)));
        Host.Room.Bytes = 250;
        _guest.Pass(Milliseconds);
        Assert.Equal(250, BoardMachine.Printed.Length);
        Host.Room.Bytes = int.MaxValue;
        _guest.Kick(1);
        Assert.Equal(Encoding.ASCII.GetString(text), BoardMachine.Printed);
        Assert.Equal((1, GuestClock.Never), (_guest.Given(1), _guest.Board->Bus->Due));
    }

    // Before that it waits for a driver that listens.
    [Fact]
    public void WhatIsTypedWaitsForBuffers()
    {
        _guest.OfferOne(0, Buffer, 1, 2);
        Type("hello");
        Assert.Equal(0, _guest.Given());
        Send(">"u8);
        _guest.Pass(2 * Milliseconds);
        Assert.Equal((byte)'h', _guest.Read(Buffer, 1)[0]);
        Assert.Equal(1, _guest.Given());
        _guest.OfferOne(0, Buffer, 2, 2);
        _guest.OfferOne(0, Buffer + 2, 100, 2);
        _guest.Pass(2 * Milliseconds);
        Assert.Equal((3, 2u, true), (_guest.Given(), _guest.Written(), _guest.IsLineHigh));
        Assert.Equal("ello\0"u8, _guest.Read(Buffer, 5));
        _guest.OfferOne(0, Buffer, 100, 2);
        Type("again");
        Assert.Equal((4, 5u), (_guest.Given(), _guest.Written()));
        Assert.Equal("again"u8, _guest.Read(Buffer, 5));
    }

    // The serial port of such a guest gets nothing, that of another one everything.
    [Theory]
    [InlineData((int)ConsoleKind.Virtio, 0x60u)]
    [InlineData((int)ConsoleKind.Serial, 0x61u)]
    [InlineData((int)ConsoleKind.SerialOfBoth, 0x61u)]
    internal void OnePortHasTheKeyboard(int kind, uint status)
    {
        using VirtioGuest guest = Create((ConsoleKind)kind);
        Host.Typed.Enqueue((byte)'x');
        Assert.Equal(status, guest.Board->In(0x3FD, 1));
        Host.Typed.Clear();
    }

    [Theory]
    [InlineData(0, Buffer, 0)]
    [InlineData(0, 0xFFF_F000ul, 2)]
    [InlineData(1, ulong.MaxValue, 0)]
    [InlineData(1, 0xFFF0ul, 0)]
    public void BadBuffersBreakIt(int queue, ulong at, int flags)
    {
        Send("y"u8);
        int given = _guest.Given(queue);
        _guest.OfferOne(queue, at, 64, flags);
        Type("x");
        Assert.Equal((true, given), (_guest.IsBroken, (int)_guest.Given(queue)));
        _guest.Begin();
        Send("y"u8);
        _guest.OfferOne(0, Buffer, 64, 2);
        Type("z");
        Assert.Equal((false, 1, 1), (_guest.IsBroken, _guest.Given(), _guest.Given(1)));
    }

    // A buffer to be written is no text.
    [Fact]
    public void NothingToReadIsNothingToShow()
    {
        _guest.OfferOne(1, Buffer, 64, 2);
        Assert.Equal(("", 1, false), (BoardMachine.Printed, _guest.Given(1), _guest.IsBroken));
    }

    private static VirtioGuest Create(ConsoleKind kind) => new(new DeviceOrder { Console = kind }, queues: 2, size: 16);

    private static void Put(void* guest, byte value) => Host.Put(value);

    private static void LookNowhere(void* guest, ulong now, bool wants)
    {
    }

    private void Send(ReadOnlySpan<byte> text)
    {
        _guest.Write(Buffer, text.ToArray());
        _guest.OfferOne(1, Buffer, (uint)text.Length, 0);
    }

    private void Type(string text)
    {
        Encoding.ASCII.GetBytes(text).ToList().ForEach(Host.Typed.Enqueue);
        _guest.Pass(20 * Milliseconds);
    }
}
