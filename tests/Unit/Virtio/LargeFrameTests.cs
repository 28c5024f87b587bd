// Large frames and checksums that are left to do, between drivers that have accepted this and that: what arrives is
// taken apart by the plainest arithmetic, and must be what was sent. A header that makes no sense is sent nowhere.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using MinusOne.Tests.Unit.Devices.Network;
using Xunit;

namespace MinusOne.Tests.Unit.Virtio;

public sealed unsafe class LargeFrameTests : IDisposable
{
    private const string First = "02-4D-31-00-00-01", Second = "02-4D-31-00-00-02";
    private const ulong Buffer = 0x4000;
    private const uint Sends = 0x801, TakesPartial = 2, TakesLarge = 0x82, TakesParts = 0x8000;
    private const int Headers = 54, Tcp = 34, Segment = 1000, Tag = 4;

    private static readonly byte[] s_tag = [0x81, 0, 0x20, 7];

    private readonly Lan* _lan = (Lan*)NativeMemory.AllocZeroed((nuint)sizeof(Lan));
    private readonly NetGuest _one;
    private readonly NetGuest _two;

    public LargeFrameTests()
    {
        _one = new NetGuest(_lan, 1);
        _two = new NetGuest(_lan, 2);
        _one.Begin(Sends);
    }

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
        NativeMemory.Free(_lan);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, Tag)]
    public void WhatWasSentArrives(int seed, int tag)
    {
        var random = new Random(seed);
        uint[] features =
            [0, TakesPartial, TakesLarge, TakesParts, TakesParts | TakesPartial, TakesParts | TakesLarge];
        for (int round = 0; round < 300; round++)
        {
            uint accepted = features[random.Next(features.Length)];
            byte[] data = new byte[random.Next(1, 8000)];
            random.NextBytes(data);
            int segment = random.Next(600, 1400);
            bool isLarge = data.Length > segment;
            uint room = (accepted & TakesLarge) == TakesLarge && (accepted & TakesParts) == 0 ? 9000u : 1526u;
            Offer(accepted, room, random);
            byte[] frame = TcpFrame(data, (uint)random.Next());
            frame = [.. frame[..12], .. s_tag[..tag], .. frame[12..]];
            Send(random, Header(isLarge ? segment : 0, tag: tag), frame);
            Assert.False(_one.IsBroken || _two.IsBroken, $"seed {seed}, {round}: broken");
            List<byte[]> got = Received();
            bool isWhole = isLarge ? (accepted & TakesLarge) == TakesLarge : (accepted & TakesPartial) != 0;
            if (isWhole)
            {
                Assert.Equal([.. Header(isLarge ? segment : 0, got[0][10], tag), .. frame], got.Single());
            }
            else
            {
                Assert.Equal(isLarge ? (data.Length + segment - 1) / segment : 1, got.Count);
                CheckSegments(frame, got, tag);
            }
        }
    }

    // Kind, length of segments, where the checksum starts and stands, and a byte of the frame that is something else.
    [Theory]
    [InlineData(1, 0, Tcp, 16, 0, 0)]
    [InlineData(4, Segment, Tcp, 16, 0, 0)]
    [InlineData(3, Segment, Tcp, 16, 0, 0)]
    [InlineData(0x81, Segment, Tcp, 16, 0, 0)]
    [InlineData(1, 1461, Tcp, 16, 0, 0)]
    [InlineData(1, 1465, Tcp, 16, 0, 0)]
    [InlineData(1, 7, Tcp, 16, 0, 0)]
    [InlineData(1, Segment, Tcp, 6, 0, 0)]
    [InlineData(1, Segment, 33, 17, 0, 0)]
    [InlineData(1, Segment, 0xFFFF, 0xFFFF, 0, 0)]
    [InlineData(1, Segment, 2000, 16, 0, 0)]
    [InlineData(1, Segment, 10, 16, 0, 0)]
    [InlineData(0, 0, Tcp, 16, 0, 0)]
    [InlineData(1, Segment, Tcp, 16, 13, 6)]
    [InlineData(1, Segment, Tcp, 16, 14, 0x65)]
    [InlineData(1, Segment, Tcp, 16, 14, 0x44)]
    [InlineData(1, Segment, Tcp, 16, 14, 0x4F)]
    [InlineData(1, Segment, Tcp, 16, 23, 17)]
    [InlineData(1, Segment, Tcp, 16, 46, 0x40)]
    [InlineData(1, Segment, Tcp, 16, 46, 0xF0, 20)]
    [InlineData(0, 0, Tcp, 119, 0, 0, 100)]
    [InlineData(0, 0, 154, 0, 0, 0, 100)]
    [InlineData(0, 0, 13, 16, 0, 0, 100)]
    [InlineData(0, 0, 0xFFFF, 0xFFFF, 0, 0, 100)]
    public void OddHeadersAreSentNowhere(
        int kind, int segment, int start, int offset, int at, int value, int data = 3000)
    {
        byte[] header = Header(segment);
        header[1] = (byte)kind;
        BitConverter.GetBytes((ushort)start).CopyTo(header, 6);
        BitConverter.GetBytes((ushort)offset).CopyTo(header, 8);
        byte[] frame = TcpFrame(new byte[data], 1);
        frame[at] = at == 0 ? frame[0] : (byte)value;
        foreach (uint accepted in (uint[])[0, TakesLarge | TakesParts])
        {
            Offer(accepted, 1526, new Random(1));
            Send(new Random(1), header, frame);
            Assert.Equal((0, false), (_two.Given(), _one.IsBroken));
        }
    }

    // A driver that has not said that it would leave anything has a header that says nothing.
    [Fact]
    public void HeaderCountsIfThatWasAccepted()
    {
        _one.Begin();
        Offer(TakesLarge, 1526, new Random(1));
        byte[] frame = TcpFrame(new byte[400], 1);
        Send(new Random(1), Header(Segment), frame);
        Assert.Equal([.. new byte[10], 1, 0, .. frame], Received().Single());
        Send(new Random(1), Header(Segment), TcpFrame(new byte[4000], 1));
        Assert.Equal(1, _two.Given());
    }

    // What does not fit into all that there is leaves the buffers as they were, for the next one.
    [Fact]
    public void FrameWithoutRoomIsLostWhole()
    {
        _two.Begin(TakesParts | TakesLarge);
        _two.Receive(Buffer, 1000);
        _two.Receive(Buffer + 1000, 1000);
        Send(new Random(1), Header(Segment), TcpFrame(new byte[3000], 1));
        Assert.Equal((0, false), (_two.Given(), _two.IsBroken));
        Send(new Random(1), Header(Segment), TcpFrame(new byte[1500], 1));
        Assert.Equal((2, (byte)2, false), (_two.Given(), _two.Read(Buffer + 10, 1)[0], _two.IsBroken));
    }

    // The rest of a large frame is where nothing is: that breaks who sends it, and costs the other one no buffer.
    [Theory]
    [InlineData(TakesParts | TakesLarge)]
    [InlineData(0u)]
    internal void BadRestBreaksTheSender(uint accepted)
    {
        Offer(accepted, 1526, new Random(1));
        _one.Write(NetGuest.Frame, [.. Header(Segment), .. TcpFrame(new byte[1500], 1)]);
        _one.Describe(0, NetGuest.Frame, 1566, 1, 1, queue: 1);
        _one.Describe(1, 0xFFF_F000, 3000, 0, 0, queue: 1);
        _one.Offer(0, queue: 1);
        Assert.Equal((true, false), (_one.IsBroken, _two.IsBroken));
        Assert.InRange(_two.Given(), 0, accepted == 0 ? 1 : 0);
    }

    [Theory]
    [InlineData(Buffer, 8u)]
    [InlineData(0xFFF_F000ul, 2000u)]
    internal void BadBuffersBreakTheReceiver(ulong at, uint bytes)
    {
        _two.Begin(TakesParts | TakesLarge);
        _two.Receive(at, bytes);
        _two.Receive(Buffer, 8000);
        Send(new Random(1), Header(Segment), TcpFrame(new byte[3000], 1));
        Assert.Equal((true, false, 0), (_two.IsBroken, _one.IsBroken, _two.Given()));
    }

    private static byte[] Header(int segment, int chains = 0, int tag = 0) =>
    [
        1, (byte)(segment == 0 ? 0 : 1), (byte)(segment == 0 ? 0 : Headers + tag), 0,
        .. BitConverter.GetBytes((ushort)segment), (byte)(Tcp + tag), 0, 16, 0, (byte)chains, 0,
    ];

    // Its checksum is that of the pseudo header alone.
    private static byte[] TcpFrame(byte[] data, uint sequence)
    {
        byte[] tcp =
        [
            0x12, 0x34, 0, 80, .. BitConverter.GetBytes(sequence).Reverse(), 0, 0, 0, 9, 0x50, 0x99, 1, 0, 0, 0, 0, 0,
            .. data,
        ];
        byte[] frame = Frames.Ethernet(Second, First, 0x800, Frames.Packet("10.77.0.11", "10.77.0.12", 6, tcp));
        Frames.Two(~Frames.Sum(Pseudo(frame))).CopyTo(frame, Tcp + 16);
        return frame;
    }

    private static IEnumerable<byte> Pseudo(byte[] frame) =>
        [.. frame[26..34], 0, 6, .. Frames.Two(frame.Length - Tcp)];

    private static void CheckSegments(byte[] frame, List<byte[]> got, int tag)
    {
        int from = Headers, count = 0;
        frame = WithoutTag(frame, tag);
        foreach (byte[] packet in got)
        {
            byte[] part = WithoutTag(packet[12..], tag);
            Assert.Equal([.. new byte[10], packet[10], 0], packet[..12]);
            Assert.InRange(part.Length, Headers + 1, 1518);
            Assert.Equal((0, 0), (Frames.Sum(part[14..34]), Frames.Sum([.. Pseudo(part), .. part[Tcp..]])));
            Assert.Equal(frame[from..(from + part.Length - Headers)], part[Headers..]);
            Assert.Equal(part.Length - 14, Number(part, 16));
            Assert.Equal(Number(frame, 18) + count, Number(part, 18));
            Assert.Equal(Sequence(frame) + (uint)(from - Headers), Sequence(part));
            from += part.Length - Headers;
            Assert.Equal((from == frame.Length ? 0x19 : 0x10) | (count++ == 0 ? 0x80 : 0), part[Tcp + 13]);
        }

        Assert.Equal(frame.Length, from);
    }

    private static byte[] WithoutTag(byte[] frame, int tag)
    {
        Assert.Equal(s_tag[..tag], frame[12..(12 + tag)]);
        return [.. frame[..12], .. frame[(12 + tag)..]];
    }

    private static int Number(byte[] frame, int at) => (frame[at] << 8) | frame[at + 1];

    private static uint Sequence(byte[] frame) => BitConverter.ToUInt32([.. frame[38..42].Reverse()]);

    private void Offer(uint accepted, uint room, Random random)
    {
        _two.Begin(accepted);
        ulong at = Buffer;
        for (int i = 0; i < NetGuest.Size && at + room < 0xF000; i++)
        {
            uint bytes = (accepted & TakesParts) == 0 ? room
                : (uint)random.Next((accepted & TakesLarge) == TakesLarge ? 700 : 1526, 2000);
            _two.Receive(at, bytes);
            at += bytes + (uint)random.Next(20);
        }
    }

    // In up to three pieces.
    private void Send(Random random, byte[] header, byte[] frame)
    {
        byte[] all = [.. header, .. frame];
        _one.Write(NetGuest.Frame, all);
        int first = random.Next(1, all.Length), second = random.Next(first, all.Length);
        int[] ends = [.. new[] { first, second, all.Length }.Distinct()];
        for (int i = 0, from = 0; i < ends.Length; from = ends[i++])
        {
            int flags = i + 1 < ends.Length ? 1 : 0;
            _one.Describe(i, NetGuest.Frame + (ulong)from, (uint)(ends[i] - from), flags, i + 1, queue: 1);
        }

        _one.Offer(0, queue: 1);
        _one.Finish();
    }

    // Each with its header, put together from as many buffers as that says.
    private List<byte[]> Received()
    {
        var got = new List<byte[]>();
        for (int i = 0; i < _two.Given();)
        {
            byte[] packet = _two.Content(i++);
            for (int chains = packet[10]; chains > 1; chains--)
            {
                packet = [.. packet, .. _two.Content(i++)];
            }

            got.Add(packet);
        }

        return got;
    }
}
