// The switch against a naive one: a list of who was seen where, searched from its end.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Xunit;

namespace MinusOne.Tests.Unit.Devices.Network;

public sealed unsafe class LanTests : IDisposable
{
    // The guests that got a frame, in the order of the stations.
    private static readonly List<int> s_got = [];
    private static readonly List<int> s_woken = [];
    private const int InFirst = 5;
    private const int Guests = 8;

    private readonly Lan* _lan = (Lan*)NativeMemory.AllocZeroed((nuint)sizeof(Lan));

    public LanTests()
    {
        for (int guest = 1; guest <= Guests; guest++)
        {
            var card = new LanStation { Card = (void*)guest, Take = &Take, Wake = &Wake };
            card.Network = NetworkOf(guest);
            _lan->Join(guest, card);
        }
    }

    public void Dispose() => NativeMemory.Free(_lan);

    [Theory]
    [InlineData(1, "02-4D-31-00-00-02", "2")]
    [InlineData(1, "02-4D-31-00-00-01", "")] // its own
    [InlineData(1, "02-4D-31-00-00-07", "")] // in the other network
    [InlineData(7, "02-4D-31-00-01-08", "8")]
    [InlineData(1, "02-4D-31-00-00-40", "")] // nobody's
    [InlineData(1, Frames.Everybody, "2 3 4 5")]
    [InlineData(1, "33-33-00-00-00-01", "2 3 4 5")]
    [InlineData(8, "02-00-00-00-00-01", "6 7")] // never seen
    public void FramesGoTo(int from, string to, string receivers)
    {
        Assert.Equal(receivers, Send(from, to, "02-77"));
        Assert.Equal(s_got, s_woken);
    }

    // Each receiver may need it cut into many.
    [Theory]
    [InlineData("02-4D-31-00-00-02", "2")]
    [InlineData("02-AA-00-00-00-01", "4")]
    [InlineData("02-4D-31-00-00-00", "")]
    [InlineData("02-BB-00-00-00-01", "")] // never seen
    [InlineData(Frames.Everybody, "")]
    public void LargeFramesGoToOneKnownGuest(string to, string receivers)
    {
        Send(4, Frames.Everybody, "02-AA-00-00-00-01");
        byte[] frame = [.. Frames.Hex(to), .. Frames.Hex("02-4D-31-00-00-01"), .. new byte[60]];
        Assert.Equal(receivers, Send(1, frame, frame.Length, segment: 1000));
    }

    [Fact]
    public void AddressesBehindGuestsAreLearned()
    {
        Assert.Equal("2 3 4 5", Send(1, "02-AA-00-00-00-01", "02-BB-00-00-00-01"));
        Assert.Equal("1", Send(4, "02-BB-00-00-00-01", "02-AA-00-00-00-01"));
        Assert.Equal("4", Send(1, "02-AA-00-00-00-01", "02-BB-00-00-00-01"));
        Assert.Equal("6 7", Send(8, "02-AA-00-00-00-01", "02-00"));
        _lan->Leave(4);
        Assert.Equal("2 3 5", Send(1, "02-AA-00-00-00-01", "02-BB-00-00-00-01"));
    }

    [Fact]
    public void NobodyTakesAnothersAddress()
    {
        Send(3, Frames.Everybody, "02-4D-31-00-00-02");
        Assert.Equal("2", Send(1, "02-4D-31-00-00-02", "02-00"));
    }

    [Theory]
    [InlineData(13)]
    [InlineData(1519)]
    public void OddFramesGoNowhere(int bytes) => Assert.Equal("", Send(1, Frames.Everybody, "02-00", bytes));

    [Fact]
    public void ServerAnswersWhoAsked() =>
        Assert.Equal("1 2 3 4 5", Send(1, Frames.Ethernet(Frames.Everybody, "02-4D-31-00-00-01", 0x806, Frames.Hex(
            "0001 0800 06 04 0001 024D31000001 0A4D000A 000000000000 0A4D0001"))));

    [Fact]
    public void LearnsAsTheNaiveOneDoes()
    {
        var random = new Random(3);
        var seen = new List<(string Address, int Network, int Guest)>();
        string[] addresses = [.. Enumerable.Range(1, 6).Select(i => $"02-00-00-00-00-0{i}")];
        for (int round = 0; round < 20_000; round++)
        {
            int from = random.Next(1, Guests + 1);
            string source = addresses[random.Next(addresses.Length)];
            string to = addresses[random.Next(addresses.Length)];
            seen.RemoveAll(entry => entry.Address == source);
            seen.Add((source, NetworkOf(from), from));
            int known = seen.LastOrDefault(entry => entry.Address == to && entry.Network == NetworkOf(from)).Guest;
            IEnumerable<int> receivers = Enumerable.Range(1, Guests).Where(guest => known == 0 || guest == known)
                .Where(guest => guest != from && NetworkOf(guest) == NetworkOf(from));
            Assert.Equal(string.Join(' ', receivers), Send(from, to, source));
        }
    }

    // Guests 1 to 5 are in network 0.
    private static byte NetworkOf(int guest) => (byte)(guest > InFirst ? 1 : 0);

    private string Send(int from, string to, string source, int bytes = 60) =>
        Send(from, [.. Frames.Hex(to), .. Frames.Hex(source), .. new byte[bytes]], bytes);

    private string Send(int from, byte[] frame, int bytes = 0, int segment = 0)
    {
        s_got.Clear();
        s_woken.Clear();
        Array.Resize(ref frame, Math.Max(frame.Length, 2000));
        fixed (byte* data = frame)
        {
            LanFrame plain = LanFrame.Plain(data, bytes == 0 ? 60 : bytes);
            plain.SegmentBytes = segment;
            _lan->Send(from, ref plain);
        }

        return string.Join(' ', s_got);
    }

    private static void Wake(void* card) => s_woken.Add((int)card);

    private static void Take(void* card, LanFrame* frame) => s_got.Add((int)card);
}
