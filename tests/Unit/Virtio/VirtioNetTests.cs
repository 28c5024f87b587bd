// Network cards of two guests at one switch: frames go from one's memory into the other's, those without a place are
// lost, and a driver that means harm breaks its own card.

using System;
using System.Linq;
using System.Runtime.InteropServices;
using MinusOne.Tests.Unit.Devices.Network;
using Xunit;

namespace MinusOne.Tests.Unit.Virtio;

public sealed unsafe class VirtioNetTests : IDisposable
{
    private const string First = "02-4D-31-00-00-01";
    private const string Second = "02-4D-31-00-00-02";
    private const ulong Buffer = 0x9000;
    private const uint BufferBytes = 1526;

    private readonly Lan* _lan = (Lan*)NativeMemory.AllocZeroed((nuint)sizeof(Lan));
    private readonly NetGuest _one;
    private readonly NetGuest _two;

    public VirtioNetTests()
    {
        _one = new NetGuest(_lan, 1);
        _two = new NetGuest(_lan, 2);
        _one.Begin();
        _two.Begin();
    }

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
        NativeMemory.Free(_lan);
    }

    [Fact]
    public void ItSaysWhatItIs()
    {
        Assert.Equal(Frames.Hex(Second), _two.Address);
        _two.Board->Out(0xCF8, 4, 0x8000_0800);
        Assert.Equal(0x1041_1AF4u, _two.Board->In(0xCFC, 4));
    }

    [Fact]
    public void FrameArrivesBehindAHeader()
    {
        byte[] frame = Frames.Ethernet(Second, First, 0x1234, [.. Enumerable.Range(0, 1500).Select(i => (byte)i)]);
        _two.Receive(Buffer, BufferBytes);
        _one.Send(frame);
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, .. frame], _two.Read(Buffer, 1526));
        Assert.Equal((1, 1526u), (_two.Given(0), _two.Written(0)));
        Assert.Equal((1, 0u), (_one.Given(1), _one.Written(1)));
        Assert.True(_two.IsLineHigh && _one.IsLineHigh);
    }

    // Nobody waits for it, and the sender does not learn that.
    [Fact]
    public void FrameWithoutAPlaceIsLost()
    {
        byte[] frame = Frames.Ethernet(Second, First, 0x1234, new byte[50]);
        _one.Send(frame);
        Assert.Equal((1, 0), (_one.Given(1), _two.Given(0)));
        _two.Receive(Buffer, BufferBytes);
        Assert.Equal(0, _two.Given(0));
        _one.Send(frame);
        Assert.Equal(1, _two.Given(0));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(25)]
    [InlineData(1527)]
    [InlineData(1531)]
    public void OddFramesAreNotSent(uint bytes)
    {
        _two.Receive(Buffer, BufferBytes);
        _one.Write(NetGuest.Frame + NetGuest.Header, Frames.Hex(Frames.Everybody));
        _one.OfferOne(1, NetGuest.Frame, bytes, 0);
        Assert.Equal((1, 0), (_one.Given(1), _two.Given(0)));
        Assert.False(_one.IsBroken);
    }

    // A driver may have room for small frames only: it gets that back, lest nothing larger ever came.
    [Fact]
    public void FrameThatDoesNotFitIsLost()
    {
        _two.Receive(Buffer, 40);
        _one.Send(Frames.Ethernet(Second, First, 0x1234, new byte[50]));
        Assert.Equal((1, 0u, false), (_two.Given(0), _two.Written(0), _two.IsBroken));
        _two.Receive(Buffer, 40);
        _one.Send(Frames.Ethernet(Second, First, 0x1234, new byte[10]));
        Assert.Equal((2, 36u), (_two.Given(0), _two.Written(0)));
        _two.Receive(Buffer, 40);
        _two.Receive(Buffer, BufferBytes);
        _one.Send(Frames.Ethernet(Second, First, 0x1234, new byte[50]));
        Assert.Equal((4, 76u), (_two.Given(0), _two.Written(0)));
    }

    // The standard's buffer holds whatever has no tag: it is not taken away by what has one.
    [Fact]
    public void UsualBufferStaysForAUsualFrame()
    {
        byte[] frame = Frames.Ethernet(Second, First, 0x8100, new byte[1504]);
        _two.Receive(Buffer, BufferBytes);
        _one.Send(frame);
        Assert.Equal((1, 0), (_one.Given(1), _two.Given(0)));
        _one.Send(frame[..1514]);
        Assert.Equal((1, BufferBytes), (_two.Given(0), _two.Written(0)));
        _two.Receive(Buffer, BufferBytes + 4);
        _one.Send(frame);
        Assert.Equal((2, BufferBytes + 4), (_two.Given(0), _two.Written(0)));
    }

    // Chains of single bytes: few are looked at for a frame, which its sender pays for, and they do not come again.
    [Fact]
    public void CrumbsOfBuffersAreTaken()
    {
        const int Budget = 128 << 10;
        _two.Begin(0x8000);
        for (int i = 0; i < NetGuest.Size; i++)
        {
            _two.Describe(i, Buffer + (ulong)i, 1, i + 1 < NetGuest.Size ? 3 : 2, i + 1);
        }

        for (int i = 0; i < NetGuest.Size; i++)
        {
            _two.Offer(0);
        }

        byte[] frame = Frames.Ethernet(Second, First, 0x1234, new byte[1500]);
        for (int i = 1; i <= NetGuest.Size; i++)
        {
            _one.Send(frame);
            Assert.Equal((i, 0u, false), (_two.Given(0), _two.Written(0), _two.IsBroken));
            Assert.InRange(_one.Board->Card->Left, 0, Budget - (NetGuest.Size * VirtioDevice.Cost));
        }

        _two.Receive(Buffer, BufferBytes);
        _one.Send(frame);
        Assert.Equal((NetGuest.Size + 1, BufferBytes), (_two.Given(0), _two.Written(0)));
    }

    // What is broken is the card of the guest that broke it.
    [Theory]
    [InlineData(Buffer, BufferBytes, false)]
    [InlineData(0xFFF0ul, BufferBytes, true)]
    [InlineData(0x9999_0000_0000ul, BufferBytes, true)]
    public void BadBuffersBreakTheReceiver(ulong at, uint bytes, bool isWritten)
    {
        _two.Receive(at, bytes, isWritten);
        _one.Send(Frames.Ethernet(Second, First, 0x1234, new byte[50]));
        Assert.True(_two.IsBroken);
        Assert.False(_one.IsBroken);
        _one.Send(Frames.Ethernet(Second, First, 0x1234, new byte[50]));
        Assert.Equal(2, _one.Given(1));
        _two.Begin();
        _two.Receive(Buffer, BufferBytes);
        _one.Send(Frames.Ethernet(Second, First, 0x1234, new byte[50]));
        Assert.Equal(1, _two.Given(0));
    }

    // The server's answer comes while the question is still being sent.
    [Fact]
    public void ServerAnswersTheOneThatAsks()
    {
        _one.Receive(Buffer, BufferBytes);
        _one.Send(Frames.Ethernet(Frames.Everybody, First, 0x806, Frames.Hex(
            "0001 0800 06 04 0001 024D31000001 0A4D000B 000000000000 0A4D0001")));
        Assert.Equal((1, 54u), (_one.Given(0), _one.Written(0)));
        Assert.Equal(1, _one.Given(1));
        Assert.Equal(Frames.Hex(First), _one.Read(Buffer + NetGuest.Header, 6));
    }

    [Fact]
    public void GuestThatIsGoneGetsNothing()
    {
        var third = new NetGuest(_lan, 3);
        Assert.False(third.Board->IsListening);
        third.Begin();
        Assert.True(third.Board->IsListening);
        third.Receive(Buffer, BufferBytes);
        third.Dispose();
        _one.Send(Frames.Ethernet(Frames.Everybody, First, 0x1234, new byte[50]));
        Assert.Equal(1, _one.Given(1));
    }
}
