// Gives a guest the address that is its by its number: there are no leases to keep, whoever asks at this port of the
// switch gets the same for ever. RFC 2131 (the protocol, table 3 what is answered), RFC 2132 (the options).
namespace MinusOne.Hv.Devices.Network;

internal static class Dhcp
{
    // Places in the message.
    private const int Transaction = 4, Flags = 10, ClientIp = 12, YourIp = 16, ServerIp = 20, RelayIp = 24;
    private const int ClientHardware = 28, Cookie = 236, Options = 240;
    private const int LeastBytes = 300;
    private const uint Magic = 0x6382_5363;
    private const uint EthernetRequest = 0x0101_0600;
    private const uint EthernetReply = 0x0201_0600;

    // Options.
    private const byte Pad = 0, SubnetMask = 1, NameServer = 6, HostName = 12, DomainName = 15, Broadcast = 28;
    private const byte Requested = 50, Lease = 51, Type = 53, Server = 54, Client = 61, End = 255;

    // Types.
    private const byte Discover = 1, Offer = 2, Request = 3, Acknowledge = 5, Refuse = 6, Inform = 8;

    // The bytes of the reply and where it goes; 0: there is none.
    public static int Answer(in LanMember asker, ReadOnlySpan<byte> asked, Span<byte> reply, out uint to)
    {
        to = LanAddress.Everybody;
        if (asked.Length < Options || Packet.Read32(asked, Cookie) != Magic
            || (Packet.Read32(asked, 0) & 0xFFFF_FF00) != EthernetRequest || Packet.Read32(asked, RelayIp) != 0)
        {
            return 0;
        }

        byte type = Judge(in asker, asked);
        if (type == 0)
        {
            return 0;
        }

        uint client = Packet.Read32(asked, ClientIp);
        if (type != Refuse)
        {
            to = client != 0 ? client : (asked[Flags] & 0x80) != 0 ? LanAddress.Everybody : asker.Ip;
        }

        return Write(in asker, asked, type, reply);
    }

    // What is said to it: the type of the reply, or 0.
    private static byte Judge(in LanMember asker, ReadOnlySpan<byte> asked)
    {
        ReadOnlySpan<byte> type = Find(asked, Type);
        ReadOnlySpan<byte> server = Find(asked, Server);
        if (type.Length != 1 || (server.Length == 4 && Packet.Read32(server, 0) != asker.ServerIp))
        {
            return 0;
        }

        switch (type[0])
        {
            case Discover: return Offer;
            case Inform: return Acknowledge;
            case Request:
                ReadOnlySpan<byte> requested = Find(asked, Requested);
                uint wanted = requested.Length == 4 ? Packet.Read32(requested, 0) : Packet.Read32(asked, ClientIp);
                return wanted == asker.Ip ? Acknowledge : Refuse;
            default: return 0;
        }
    }

    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> asked, byte option)
    {
        int at = Options;
        while (at < asked.Length && asked[at] != End)
        {
            if (asked[at] == Pad)
            {
                at++;
                continue;
            }

            int bytes = at + 1 < asked.Length ? asked[at + 1] : 0;
            if (at + 2 + bytes > asked.Length)
            {
                break;
            }

            if (asked[at] == option)
            {
                return asked.Slice(at + 2, bytes);
            }

            at += 2 + bytes;
        }

        return default;
    }

    private static int Write(in LanMember asker, ReadOnlySpan<byte> asked, byte type, Span<byte> reply)
    {
        bool isInform = Find(asked, Type)[0] == Inform;
        reply.Clear();
        asked.Slice(0, Transaction + 4).CopyTo(reply);
        Packet.Write32(reply, 0, EthernetReply);
        asked.Slice(Flags, 2).CopyTo(reply.Slice(Flags));
        asked.Slice(ClientHardware, 16).CopyTo(reply.Slice(ClientHardware));
        Packet.Write32(reply, Cookie, Magic);
        int at = Options;
        Put(reply, ref at, Type, type);
        Put(reply, ref at, Server, asker.ServerIp);
        if (type != Refuse)
        {
            asked.Slice(ClientIp, 4).CopyTo(reply.Slice(ClientIp));
            Packet.Write32(reply, YourIp, isInform ? 0 : asker.Ip);
            Packet.Write32(reply, ServerIp, asker.ServerIp);
            if (!isInform)
            {
                Put(reply, ref at, Lease, uint.MaxValue);
            }

            Put(reply, ref at, SubnetMask, LanAddress.Mask);
            Put(reply, ref at, Broadcast, asker.ServerIp | ~LanAddress.Mask);
            Put(reply, ref at, NameServer, asker.ServerIp);
            PutName(reply, ref at, asker.Station);
        }

        // RFC 6842: as it was sent.
        ReadOnlySpan<byte> client = Find(asked, Client);
        if (!client.IsEmpty)
        {
            reply[at] = Client;
            reply[at + 1] = (byte)client.Length;
            client.CopyTo(reply.Slice(at + 2));
            at += 2 + client.Length;
        }

        reply[at++] = End;
        return Math.Max(at, LeastBytes);
    }

    private static void Put(Span<byte> reply, ref int at, byte option, byte value)
    {
        reply[at] = option;
        reply[at + 1] = 1;
        reply[at + 2] = value;
        at += 3;
    }

    private static void Put(Span<byte> reply, ref int at, byte option, uint value)
    {
        reply[at] = option;
        reply[at + 1] = 4;
        Packet.Write32(reply, at + 2, value);
        at += 6;
    }

    private static void PutName(Span<byte> reply, ref int at, int station)
    {
        reply[at] = HostName;
        reply[at + 1] = (byte)NameService.WriteName(reply.Slice(at + 2), station);
        at += 2 + reply[at + 1];
        reply[at] = DomainName;
        reply[at + 1] = (byte)NameService.Zone.Length;
        NameService.Zone.CopyTo(reply.Slice(at + 2));
        at += 2 + NameService.Zone.Length;
    }
}
