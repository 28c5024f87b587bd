// The ports of a console for a driver that knows of several: what is said of them, in order and as there is room, and
// the one whose lines go to the log.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using MinusOne.Tests.Unit.Devices;
using Xunit;

namespace MinusOne.Tests.Unit.Virtio;

public sealed unsafe class ConsolePortsTests : IDisposable
{
    private const ulong Buffer = 0x8000, Text = 0x9000;
    private const uint HasSize = 1, MultiPort = 2;
    private const ulong Millisecond = 100_000;
    private const int Announcing = 2, Hearing = 3, Logging = 5;

    private static readonly List<string> s_said = [];

    private readonly VirtioGuest _guest = Create(132, 43);
    private int _offered;

    public ConsolePortsTests()
    {
        s_said.Clear();
        _guest.Board->Calls->Said = &Note;
        _guest.Begin(HasSize | MultiPort);
    }

    public void Dispose() => _guest.Dispose();

    // 5.3.4 Device configuration layout.
    [Theory]
    [InlineData(132, 43, HasSize | MultiPort)]
    [InlineData(0, 0, MultiPort)]
    public void ItTellsItsWindowIfItIsKnown(int columns, int rows, uint features)
    {
        using VirtioGuest guest = Create((ushort)columns, (ushort)rows);
        guest.SetCommon(0, 4, 0);
        Assert.Equal(features, guest.Common(4, 4) & 0xFF);
        Assert.Equal(((ulong)columns, (ulong)rows, 2ul), (guest.Own(0, 2), guest.Own(2, 2), guest.Own(4, 4)));
    }

    // 5.3.6.2: each is added, and named, sized and opened when the driver has made it ready.
    [Fact]
    public void PortsAreAddedThenDescribed()
    {
        Offer(8);
        Tell(0, 0, 1);
        Assert.Equal(["0 1 1", "1 1 1"], Heard());
        Tell(1, 3, 1);
        Assert.Equal(["0 1 1", "1 1 1", "1 7 1 minusone.log\0", "1 6 1"], Heard());
        Tell(0, 3, 1);
        Assert.Equal(["0 4 1", "0 5 1 \u0084\0+\0", "0 6 1"], Heard().Skip(4));
    }

    // Nothing is lost if the driver has no room for it yet, and nothing is said twice.
    [Fact]
    public void WhatIsSaidWaitsForBuffers()
    {
        Tell(0, 0, 1);
        Assert.Empty(Heard());
        Offer(1);
        Assert.Equal(["0 1 1"], Heard());
        Offer(2);
        Assert.Equal(["0 1 1", "1 1 1"], Heard());
    }

    [Theory]
    [InlineData(0u, 0, 0)]
    [InlineData(7u, 3, 1)]
    [InlineData(0u, 3, 0)]
    [InlineData(0u, 9, 1)]
    [InlineData(uint.MaxValue, 6, 1)]
    public void OtherMessagesAreHeardOnly(uint port, ushort kind, ushort value)
    {
        Offer(4);
        Tell(port, kind, value);
        Assert.Empty(Heard());
        Assert.Equal((1, false), (_guest.Given(Hearing), _guest.IsBroken));
    }

    [Fact]
    public void HalfAMessageBreaksIt()
    {
        _guest.OfferOne(Hearing, Buffer, 7, 0);
        Assert.True(_guest.IsBroken);
    }

    // A driver that has not said that it knows of several has two queues.
    [Theory]
    [InlineData(Hearing)]
    [InlineData(Logging)]
    public void WithoutThePortsTheirQueuesAreNobodys(int queue)
    {
        _guest.Begin(HasSize);
        _guest.OfferOne(queue, Buffer, 8, 0);
        Assert.True(_guest.IsBroken);
    }

    [Fact]
    public void LinesGoToTheLog()
    {
        Log("first\r\nsec");
        Assert.Equal(["first"], s_said);
        Log("ond\x1b[1m\n" + new string('x', 125) + "\n");
        Assert.Equal(["first", "second.[1m", new string('x', 120), "xxxxx"], s_said);
        Assert.Empty(BoardMachine.Printed);
    }

    // The log is slow, and others' as well.
    [Fact]
    public void LinesComeOneAtATime()
    {
        _guest.Write(Text, "a\nb\nc"u8.ToArray());
        _guest.OfferOne(Logging, Text, 5, 0);
        Assert.Equal((1, 0), (s_said.Count, _guest.Given(Logging)));
        _guest.Pass(Millisecond - 1000);
        Assert.Single(s_said);
        _guest.Pass(2000);
        Assert.Equal(["a", "b"], s_said);
        _guest.Pass(2 * Millisecond);
        Assert.Equal(1, _guest.Given(Logging));
    }

    // What the driver before a reset has begun is gone.
    [Fact]
    public void AResetForgetsEverything()
    {
        Log("half a line");
        Tell(0, 0, 1);
        _guest.Begin(MultiPort);
        Log("whole\n");
        Offer(2);
        Assert.Equal(["whole"], s_said);
        Assert.Empty(Heard());
    }

    private void Log(string text)
    {
        _guest.Write(Text, Encoding.ASCII.GetBytes(text));
        _guest.OfferOne(Logging, Text, (uint)text.Length, 0);
        for (int i = 0; i < 4; i++)
        {
            _guest.Pass(2 * Millisecond);
        }
    }

    private void Tell(uint port, ushort kind, ushort value)
    {
        _guest.Write(Text, BitConverter.GetBytes(port));
        _guest.Write(Text + 4, BitConverter.GetBytes(kind | ((uint)value << 16)));
        _guest.OfferOne(Hearing, Text, 8, 0);
    }

    private void Offer(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _guest.OfferOne(Announcing, Buffer + (32 * (ulong)_offered++), 32, 2);
        }
    }

    // The messages so far: port, event, value, and what follows.
    private IEnumerable<string> Heard()
    {
        for (int i = 0; i < _guest.Given(Announcing); i++)
        {
            byte[] bytes = _guest.Read(Buffer + (32 * (ulong)i), 32);
            int length = (int)_guest.WrittenTo(Announcing, i);
            uint what = BitConverter.ToUInt32(bytes, 4);
            string more = length > 8 ? " " + Encoding.Latin1.GetString(bytes, 8, length - 8) : "";
            yield return $"{BitConverter.ToUInt32(bytes)} {what & 0xFFFF} {what >> 16}{more}";
        }
    }

    private static VirtioGuest Create(ushort columns, ushort rows) => new(
        new DeviceOrder { Console = ConsoleKind.Virtio, Columns = columns, Rows = rows }, queues: 6, size: 16);

    private static void Note(void* guest, ReadOnlySpan<byte> line) => s_said.Add(Encoding.ASCII.GetString(line));
}
