// The server of a network: ARP, echo, DHCP and names, asked by guest 2 of network 1, where guests 1, 2 and 12 are.

using System;
using System.Linq;
using System.Text;
using Xunit;

namespace MinusOne.Tests.Unit.Devices.Network;

public sealed class LanServerTests
{
    private const string Server = "02-4D-31-00-01-00";
    private const string Guest = "02-4D-31-00-01-02";
    private const string ServerIp = "10.77.1.1";
    private const string GuestIp = "10.77.1.12";
    private const string Nobody = "0.0.0.0";
    private const string All = "255.255.255.255";
    private const int Inside = 42;

    [Fact]
    public void ArpForTheServerIsAnswered()
    {
        byte[] request = Frames.Ethernet(Frames.Everybody, Guest, 0x806, Frames.Hex(
            "0001 0800 06 04 0001 024D31000102 0A4D010C 000000000000 0A4D0101"));
        Assert.Equal(
            Frames.Ethernet(Guest, Server, 0x806, Frames.Hex(
                "0001 0800 06 04 0002 024D31000100 0A4D0101 024D31000102 0A4D010C")),
            Ask(request));
    }

    [Theory]
    [InlineData("0001 0800 06 04 0001 024D31000102 0A4D010C 000000000000 0A4D0102")]
    [InlineData("0001 0800 06 04 0002 024D31000102 0A4D010C 000000000000 0A4D0101")]
    [InlineData("0006 0800 06 04 0001 024D31000102 0A4D010C 000000000000 0A4D0101")]
    [InlineData("0001 0800 06 04 0001 024D31000102 0A4D010C 000000000000 0A4D01")]
    public void OtherArpIsNot(string message) =>
        Assert.Empty(Ask(Frames.Ethernet(Frames.Everybody, Guest, 0x806, Frames.Hex(message))));

    [Fact]
    public void EchoComesBack()
    {
        byte[] reply = Ask(Frames.Ethernet(Server, Guest, 0x800, Frames.Packet(GuestIp, ServerIp, 1, Echo(8))));
        Assert.Equal(Frames.Ethernet(Guest, Server, 0x800, Frames.Packet(ServerIp, GuestIp, 1, Echo(0))), reply);
    }

    [Theory]
    [InlineData(14, 0x46)] // options
    [InlineData(20, 0x20)] // a fragment
    [InlineData(22, 63)] // the header's checksum
    [InlineData(17, 0xFF)] // longer than the frame
    [InlineData(33, 2)] // for another
    [InlineData(34, 13)] // another message
    [InlineData(40, 1)] // the message's checksum
    public void DamagedEchoDoesNot(int place, byte value)
    {
        byte[] frame = Frames.Ethernet(Server, Guest, 0x800, Frames.Packet(GuestIp, ServerIp, 1, Echo(8)));
        Assert.NotEmpty(Ask(frame));
        frame[place] = value;
        Assert.Empty(Ask(frame));
    }

    // Discover, and the request for what was offered: the address by the guest's number, its name, and no way out.
    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 5)]
    public void DhcpGivesTheGuestItsAddress(int type, int answer)
    {
        byte[] options = type == 3 ? [50, 4, .. Frames.Ip(GuestIp)] : [];
        byte[] reply = AskDhcp(Frames.Dhcp(type, Nobody, [0, 0, .. options]));
        Assert.Equal(Frames.Hex(Guest), reply[..6]);
        Assert.Equal(Frames.Ip(GuestIp), reply[30..34]);
        Assert.Equal(0, Frames.Sum(reply[14..34]));
        byte[] message = reply[Inside..];
        Assert.Equal(Frames.Hex("02010600 11223344 00000000 00000000"), message[..16]);
        Assert.Equal([.. Frames.Ip(GuestIp), .. Frames.Ip(ServerIp)], message[16..24]);
        byte[] expected =
        [
            53, 1, (byte)answer, 54, 4, .. Frames.Ip(ServerIp), 51, 4, 255, 255, 255, 255, 1, 4, 255, 255, 255, 0,
            28, 4, 10, 77, 1, 255, 6, 4, .. Frames.Ip(ServerIp), 12, 6, .. "guest2"u8, 15, 3, .. "lan"u8, 255,
        ];
        Assert.Equal(expected, message[240..].Take(expected.Length));
        Assert.Equal(300, message.Length);
    }

    [Fact]
    public void TheClientsNameForItselfComesBack()
    {
        byte[] name = [61, 7, 1, 2, 77, 49, 0, 0, 1];
        byte[] message = AskDhcp(Frames.Dhcp(1, Nobody, name))[Inside..];
        Assert.Contains(Convert.ToHexString(name) + "FF", Convert.ToHexString(message));
    }

    [Fact]
    public void AnotherAddressIsRefused()
    {
        byte[] reply = AskDhcp(Frames.Dhcp(3, Nobody, [50, 4, .. Frames.Ip("10.77.1.99")]));
        Assert.Equal(Frames.Ip(All), reply[30..34]);
        Assert.Equal([53, 1, 6, 54, 4, .. Frames.Ip(ServerIp), 255], reply[(Inside + 240)..][..10]);
    }

    [Fact]
    public void RenewalAndInformGoToTheClient()
    {
        Assert.Equal(Frames.Ip(GuestIp), AskDhcp(Frames.Dhcp(3, GuestIp), GuestIp, ServerIp)[30..34]);
        byte[] reply = AskDhcp(Frames.Dhcp(8, "10.77.1.50"));
        Assert.Equal(Frames.Ip("10.77.1.50"), reply[30..34]);
        Assert.Equal(new byte[4], reply[(Inside + 16)..][..4]);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(2)]
    public void OtherMessagesAreNotAnswered(int type) => Assert.Empty(AskDhcp(Frames.Dhcp(type, Nobody)));

    // For another server; an option that goes beyond the message hides the rest of it.
    [Fact]
    public void NeitherAreThoseForAnother()
    {
        Assert.Empty(AskDhcp(Frames.Dhcp(3, GuestIp, [54, 4, 1, 2, 3, 4])));
        byte[] message = Frames.Dhcp(1, Nobody);
        message[241] = 200;
        Assert.Empty(AskDhcp(message));
    }

    [Theory]
    [InlineData("guest1", "10.77.1.11")]
    [InlineData("GUEST2.LAN", "10.77.1.12")]
    [InlineData("guest12.lan", "10.77.1.22")]
    [InlineData("minusone", "10.77.1.1")]
    public void NamesAreKnown(string name, string address)
    {
        byte[] question = Frames.Question(name, 1);
        byte[] reply = AskName(question);
        byte[] expected =
        [
            0xAB, 0xCD, 0x85, 0, 0, 1, 0, 1, 0, 0, 0, 0, .. question[12..],
            0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, .. Frames.Ip(address),
        ];
        Assert.Equal(expected, reply);
    }

    [Theory]
    [InlineData("guest3", 1, 0x100, 0x8503, 0)] // not there
    [InlineData("guest1.com", 1, 0x100, 0x8503, 0)]
    [InlineData("a.very.long.name.that.nobody.of.ours.has.lan", 1, 0x100, 0x8503, 0)]
    [InlineData("guest1", 28, 0x100, 0x8500, 0)] // has no IPv6 address
    [InlineData("guest1", 255, 0, 0x8400, 1)]
    [InlineData("guest1", 1, 0x2900, 0xAD04, 0)] // an update
    public void OtherQuestionsAreAnsweredSo(string name, int kind, int flags, int answer, int count)
    {
        byte[] reply = AskName(Frames.Question(name, kind, flags));
        Assert.Equal(Frames.Two(answer), reply[2..4]);
        Assert.Equal(Frames.Two(count), reply[6..8]);
    }

    [Fact]
    public void AnswersAreNotAnswered() => Assert.Empty(AskName(Frames.Question("guest1", 1, 0x8000)));

    // Frames of all kinds with a few bytes changed and cut off anywhere: what comes back is a frame to the asker, with
    // right checksums, or nothing.
    [Fact]
    public void DamagedFramesDoNoHarm()
    {
        var random = new Random(7);
        byte[][] good =
        [
            Frames.Ethernet(Server, Guest, 0x800, Frames.Packet(GuestIp, ServerIp, 1, Echo(8))),
            Wrap(Frames.Dhcp(1, Nobody), 68, 67, Nobody, All),
            Wrap(Frames.Dhcp(3, Nobody, [50, 4, .. Frames.Ip(GuestIp)]), 68, 67, Nobody, All),
            Wrap(Frames.Question("guest12.lan", 1), 999, 53, GuestIp, ServerIp),
        ];
        int answered = 0;
        for (int round = 0; round < 200_000; round++)
        {
            byte[] frame = [.. good[random.Next(good.Length)]];
            for (int i = random.Next(4); i > 0; i--)
            {
                frame[random.Next(34, frame.Length)] = (byte)random.Next(256);
            }

            byte[] reply = Ask(frame[..Math.Min(random.Next(2 * frame.Length), frame.Length)]);
            answered += reply.Length > 0 ? 1 : 0;
            Assert.True(reply.Length == 0 || Frames.Sum(reply[14..34]) == 0);
        }

        Assert.InRange(answered, 10_000, 190_000);
    }

    private static byte[] Echo(byte type)
    {
        byte[] message = [type, 0, 0, 0, 1, 2, 3, 4, .. Encoding.ASCII.GetBytes("odd"),];
        Frames.Two(Frames.Sum(message)).CopyTo(message, 2);
        return message;
    }

    private static byte[] AskDhcp(byte[] message, string from = Nobody, string to = All) =>
        Ask(Wrap(message, 68, 67, from, to));

    private static byte[] AskName(byte[] message)
    {
        byte[] reply = Ask(Wrap(message, 999, 53, GuestIp, ServerIp));
        return reply.Length == 0 ? reply : reply[Inside..];
    }

    private static byte[] Wrap(byte[] message, int source, int port, string from, string to) =>
        Frames.Ethernet(Server, Guest, 0x800, Frames.Packet(from, to, 17, Frames.Datagram(source, port, message)));

    private static byte[] Ask(byte[] frame)
    {
        byte[] reply = new byte[1518];
        var asker = new LanMember(1, 2, LanMember.Bit(1) | LanMember.Bit(2) | LanMember.Bit(12));
        return reply[..LanServer.Answer(in asker, frame, reply)];
    }
}
