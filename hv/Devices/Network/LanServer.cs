// What a network between guests does by itself, so that they find one another without a word: it answers ARP and ICMP
// echo for its own address, gives each guest its address by DHCP, and knows the guests' names by DNS. A frame goes in,
// and at most one comes out; nothing is remembered. RFC 826, 792, 791. Leaves out fragments, and any way out: there is
// no router.
namespace MinusOne.Hv.Devices.Network;

internal static class LanServer
{
    private const int ArpOperation = 20, ArpSender = 22, ArpTarget = 32, ArpTargetIp = 38, ArpBytes = 42;
    private const byte Icmp = 1, Udp = 17;
    private const byte EchoRequest = 8;
    private const int UdpSource = 34, UdpDestination = 36, UdpLength = 38, UdpPayload = 42, UdpHeader = 8;
    private const ushort DhcpServer = 67, DhcpClient = 68, Domain = 53;
    private const int DoNotFragment = 0x4000, Fragmented = 0x3FFF;

    // The bytes of `reply`; 0: there is nothing to say.
    public static int Answer(in LanMember asker, ReadOnlySpan<byte> frame, Span<byte> reply)
    {
        if (frame.Length < Packet.IpPayload || reply.Length < Packet.Most)
        {
            return 0;
        }

        int bytes = Packet.Read16(frame, Packet.Kind) switch
        {
            Packet.Arp => AnswerArp(in asker, frame, reply),
            Packet.Ip => AnswerIp(in asker, frame, reply),
            _ => 0,
        };
        if (bytes != 0)
        {
            Packet.WriteHardware(reply, Packet.Destination, Packet.ReadHardware(frame, Packet.Source));
            Packet.WriteHardware(reply, Packet.Source, LanAddress.Hardware(asker.Network, LanAddress.Server));
            Packet.Write16(reply, Packet.Kind, Packet.Read16(frame, Packet.Kind));
        }

        return bytes;
    }

    private static int AnswerArp(in LanMember asker, ReadOnlySpan<byte> frame, Span<byte> reply)
    {
        // Ethernet and IPv4, a request, and for us.
        if (frame.Length < ArpBytes || Packet.Read32(frame, Packet.Payload) != 0x0001_0800
            || Packet.Read32(frame, Packet.Payload + 4) != 0x0604_0001
            || Packet.Read32(frame, ArpTargetIp) != asker.ServerIp)
        {
            return 0;
        }

        frame.Slice(0, ArpBytes).CopyTo(reply);
        Packet.Write16(reply, ArpOperation, 2);
        frame.Slice(ArpSender, ArpTarget - ArpSender).CopyTo(reply.Slice(ArpTarget));
        Packet.WriteHardware(reply, ArpSender, LanAddress.Hardware(asker.Network, LanAddress.Server));
        Packet.Write32(reply, ArpSender + Packet.HardwareBytes, asker.ServerIp);
        return ArpBytes;
    }

    private static int AnswerIp(in LanMember asker, ReadOnlySpan<byte> frame, Span<byte> reply)
    {
        int length = Packet.Read16(frame, Packet.IpLength);
        ReadOnlySpan<byte> packet = frame.Slice(Packet.Payload);
        bool isPlain = frame[Packet.Payload] == 0x45 && length <= packet.Length
            && length >= Packet.IpPayload - Packet.Payload
            && (Packet.Read16(frame, Packet.Fragment) & Fragmented) == 0
            && Packet.Checksum(packet.Slice(0, Packet.IpPayload - Packet.Payload)) == 0;
        if (!isPlain)
        {
            return 0;
        }

        ReadOnlySpan<byte> whole = frame.Slice(0, Packet.Payload + length);
        return frame[Packet.Protocol] switch
        {
            Icmp => AnswerEcho(in asker, whole, reply),
            Udp => AnswerDatagram(in asker, whole, reply),
            _ => 0,
        };
    }

    private static int AnswerEcho(in LanMember asker, ReadOnlySpan<byte> frame, Span<byte> reply)
    {
        ReadOnlySpan<byte> message = frame.Slice(Packet.IpPayload);
        if (Packet.Read32(frame, Packet.IpDestination) != asker.ServerIp || frame.Length > Packet.Most
            || message.Length < 8 || message[0] != EchoRequest || message[1] != 0 || Packet.Checksum(message) != 0)
        {
            return 0;
        }

        frame.CopyTo(reply);
        Span<byte> answer = reply.Slice(Packet.IpPayload, message.Length);
        answer[0] = 0;
        Packet.Write16(answer, 2, 0);
        Packet.Write16(answer, 2, Packet.Checksum(answer));
        return WriteIp(in asker, Packet.Read32(frame, Packet.IpSource), Icmp, message.Length, reply);
    }

    private static int AnswerDatagram(in LanMember asker, ReadOnlySpan<byte> frame, Span<byte> reply)
    {
        if (frame.Length < UdpPayload || Packet.Read16(frame, UdpLength) < UdpHeader
            || Packet.Read16(frame, UdpLength) > frame.Length - Packet.IpPayload)
        {
            return 0;
        }

        ReadOnlySpan<byte> asked = frame.Slice(UdpPayload, Packet.Read16(frame, UdpLength) - UdpHeader);
        Span<byte> answer = reply.Slice(UdpPayload, Packet.Most - UdpPayload);
        uint destination = Packet.Read32(frame, Packet.IpDestination);
        uint to = Packet.Read32(frame, Packet.IpSource);
        ushort port = Packet.Read16(frame, UdpDestination);
        int bytes = 0;
        int backTo = Packet.Read16(frame, UdpSource);
        if (port == DhcpServer && (destination == asker.ServerIp || destination == LanAddress.Everybody))
        {
            bytes = Dhcp.Answer(in asker, asked, answer, out to);
            backTo = DhcpClient;
        }
        else if (port == Domain && destination == asker.ServerIp)
        {
            bytes = NameService.Answer(in asker, asked, answer);
        }

        if (bytes == 0)
        {
            return 0;
        }

        Packet.Write16(reply, UdpSource, port);
        Packet.Write16(reply, UdpDestination, backTo);
        Packet.Write16(reply, UdpLength, UdpHeader + bytes);

        // None: IPv4 allows that, and nothing gets lost here.
        Packet.Write16(reply, UdpLength + 2, 0);
        return WriteIp(in asker, to, Udp, UdpHeader + bytes, reply);
    }

    // The header before so many bytes. The whole frame's.
    private static int WriteIp(in LanMember asker, uint to, byte protocol, int bytes, Span<byte> reply)
    {
        const int header = Packet.IpPayload - Packet.Payload;
        Packet.Write16(reply, Packet.Payload, 0x4500);
        Packet.Write16(reply, Packet.IpLength, header + bytes);
        Packet.Write32(reply, Packet.IpLength + 2, DoNotFragment);
        reply[Packet.TimeToLive] = 64;
        reply[Packet.Protocol] = protocol;
        Packet.Write16(reply, Packet.IpChecksum, 0);
        Packet.Write32(reply, Packet.IpSource, asker.ServerIp);
        Packet.Write32(reply, Packet.IpDestination, to);
        Packet.Write16(reply, Packet.IpChecksum, Packet.Checksum(reply.Slice(Packet.Payload, header)));
        return Packet.IpPayload + bytes;
    }
}
