// Knows the guests of a network by name: guest1, guest2 and so on, by their numbers, and `minusone`, the network's
// server; each also in the zone `lan`. Every other name is one that does not exist. RFC 1035 4.1 (the message), 3.2
// (types and classes). Leaves out compression in what it reads, which a question has no use for.
namespace MinusOne.Hv.Devices.Network;

internal static class NameService
{
    private const int Header = 12, MostName = 32;
    private const int Flags = 2, Questions = 4, Answers = 6;
    private const ushort Response = 0x8400, RecursionDesired = 0x100, OperationMask = 0x7800;
    private const ushort NoSuchName = 3, NotImplemented = 4;
    private const ushort Address = 1, Any = 255, Internet = 1;

    // Points to the name of the question.
    private const ushort TheName = 0xC000 | Header;
    private const int AnswerBytes = 16;
    private const uint Seconds = 60;

    public static ReadOnlySpan<byte> Zone => "lan"u8;
    private static ReadOnlySpan<byte> Prefix => "guest"u8;
    private static ReadOnlySpan<byte> ServerName => "minusone"u8;

    public static int WriteName(Span<byte> text, int station)
    {
        Prefix.CopyTo(text);
        int at = Prefix.Length;
        if (station >= 10)
        {
            text[at++] = (byte)('0' + (station / 10));
        }

        text[at++] = (byte)('0' + (station % 10));
        return at;
    }

    // The bytes of the reply; 0: there is none.
    public static int Answer(in LanMember asker, ReadOnlySpan<byte> asked, Span<byte> reply)
    {
        ushort flags = asked.Length >= Header ? Packet.Read16(asked, Flags) : Response;
        if ((flags & 0x8000) != 0 || Packet.Read16(asked, Questions) != 1)
        {
            return 0;
        }

        Span<byte> name = stackalloc byte[MostName];
        if (!TryReadName(asked, name, out int length, out int end) || end + 4 > asked.Length
            || end + 4 + AnswerBytes > reply.Length)
        {
            return 0;
        }

        int station = (flags & OperationMask) == 0 ? Find(in asker, name.Slice(0, length)) : -1;
        ushort kind = Packet.Read16(asked, end);
        bool isAnswered = station >= 0 && kind is Address or Any && Packet.Read16(asked, end + 2) == Internet;
        int code = (flags & OperationMask) != 0 ? NotImplemented : station < 0 ? NoSuchName : 0;
        end += 4;
        asked.Slice(0, end).CopyTo(reply);
        Packet.Write16(reply, Flags, Response | (flags & (OperationMask | RecursionDesired)) | code);
        Packet.Write16(reply, Answers, isAnswered ? 1 : 0);
        Packet.Write32(reply, Answers + 2, 0);
        if (!isAnswered)
        {
            return end;
        }

        Packet.Write16(reply, end, TheName);
        Packet.Write32(reply, end + 2, (Address << 16) | Internet);
        Packet.Write32(reply, end + 6, Seconds);
        Packet.Write16(reply, end + 10, 4);
        Packet.Write32(reply, end + 12, LanAddress.Ip(asker.Network, station));
        return end + AnswerBytes;
    }

    // In small letters, with dots. A name that is longer than ours are becomes an empty one, which nobody has.
    private static bool TryReadName(ReadOnlySpan<byte> asked, Span<byte> name, out int length, out int end)
    {
        length = 0;
        end = Header;
        bool isLong = false;
        while (end < asked.Length && asked[end] != 0)
        {
            int label = asked[end];
            if (label > 63 || end + 1 + label >= asked.Length)
            {
                return false;
            }

            isLong |= length + 1 + label > name.Length;
            for (int i = 0; i < label && !isLong; i++)
            {
                byte letter = asked[end + 1 + i];
                name[length++] = letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter | 0x20) : letter;
            }

            end += 1 + label;
            if (!isLong && asked[end] != 0)
            {
                name[length++] = (byte)'.';
            }
        }

        length = isLong ? 0 : length;
        return end++ < asked.Length;
    }

    // The station of this name, or -1.
    private static int Find(in LanMember asker, ReadOnlySpan<byte> name)
    {
        int dot = name.IndexOf((byte)'.');
        if (dot >= 0)
        {
            if (!name.Slice(dot + 1).SequenceEqual(Zone))
            {
                return -1;
            }

            name = name.Slice(0, dot);
        }

        if (name.SequenceEqual(ServerName))
        {
            return LanAddress.Server;
        }

        Span<byte> other = stackalloc byte[MostName];
        for (int station = 1; station < LanAddress.Stations; station++)
        {
            if (asker.Knows(station) && name.SequenceEqual(other.Slice(0, WriteName(other, station))))
            {
                return station;
            }
        }

        return -1;
    }
}
