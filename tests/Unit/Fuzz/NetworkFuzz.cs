// A frame for the server of a network: ARP, ICMP, DHCP, or a question for a name. Which guest asks and which are there
// comes before it. Checksums are put right, or nothing would come past them.

using System;
using MinusOne.Tests.Unit.Devices.Network;
using Xunit;

namespace MinusOne.Tests.Unit.Fuzz;

internal static class NetworkFuzz
{
    private const int MembersBytes = 10;
    private const byte Mark = 0xA5;

    public static void Play(byte[] input)
    {
        var random = new InputRandom(input);
        var asker = new LanMember(
            random.Next(LanAddress.Networks), random.Next(1, LanAddress.Stations), (ulong)random.NextInt64());
        byte[] frame = input[Math.Min(MembersBytes, input.Length)..];
        MakeRight(frame);
        byte[] before = [.. frame];
        byte[] reply = new byte[Packet.Most + 1];
        reply[Packet.Most] = Mark;
        int bytes = LanServer.Answer(in asker, frame, reply.AsSpan(0, Packet.Most));
        Assert.InRange(bytes, 0, Packet.Most);
        Assert.Equal(before, frame);
        Assert.Equal(Mark, reply[Packet.Most]);
        if (bytes == 0)
        {
            return;
        }

        // It goes to who asked, comes from the server, and is a frame of the same kind.
        Assert.Equal([.. frame[6..12], .. frame[12..14]], (byte[])[.. reply[..6], .. reply[12..14]]);
        Assert.Equal(LanAddress.Hardware(asker.Network, LanAddress.Server), Packet.ReadHardware(reply, Packet.Source));
        if (Packet.Read16(reply, Packet.Kind) == Packet.Ip)
        {
            Assert.Equal((0, bytes - 14), (Frames.Sum(reply[14..34]), Packet.Read16(reply, Packet.IpLength)));
            Assert.Equal(asker.ServerIp, Packet.Read32(reply, Packet.IpSource));
            Assert.True(reply[23] != 1 || Frames.Sum(reply[34..bytes]) == 0, "a sum of ICMP");
        }
    }

    private static void MakeRight(byte[] frame)
    {
        if (frame.Length < Packet.IpPayload || Packet.Read16(frame, Packet.Kind) != Packet.Ip)
        {
            return;
        }

        Put(frame, Packet.IpChecksum, Packet.Payload, Packet.IpPayload);
        int end = Packet.Payload + Packet.Read16(frame, Packet.IpLength);
        if (frame[Packet.Protocol] == 1 && end <= frame.Length && end >= Packet.IpPayload + 4)
        {
            Put(frame, Packet.IpPayload + 2, Packet.IpPayload, end);
        }
    }

    private static void Put(byte[] frame, int at, int from, int end)
    {
        Packet.Write16(frame, at, 0);
        Packet.Write16(frame, at, Frames.Sum(frame[from..end]));
    }
}
