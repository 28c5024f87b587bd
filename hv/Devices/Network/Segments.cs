// What a station does not take, done before it gets a frame: the checksum that was left to do, and a large frame of TCP
// cut into segments, each with headers of its own. RFC 9293 3.1 Header Format; RFC 791 3.1 Internet Header Format.
namespace MinusOne.Hv.Devices.Network;

internal static unsafe class Segments
{
    private const byte Finish = 1, Push = 8, WindowReduced = 0x80;
    private const int Identification = 18;

    // A short frame, with its checksum. Its bytes.
    public static int Complete(ref LanFrame frame, Span<byte> whole)
    {
        frame.TryCopy(0, whole.Slice(0, frame.Bytes));
        Complete(whole.Slice(0, frame.Bytes), frame.ChecksumStart, frame.ChecksumAt);
        return frame.Bytes;
    }

    // The checksum is never written as the 0 that stands for none.
    private static void Complete(Span<byte> frame, int start, int at)
    {
        ushort sum = Packet.Checksum(frame.Slice(start));
        Packet.Write16(frame, at, sum == 0 ? ushort.MaxValue : sum);
    }

    // The segment of a large frame whose data begin here. Its bytes; 0: they are not there.
    public static int Cut(ref LanFrame frame, int from, Span<byte> segment)
    {
        int headers = frame.HeadersBytes;
        int data = Math.Min(frame.SegmentBytes, frame.Bytes - from);
        if (!frame.TryCopy(0, segment.Slice(0, headers)) || !frame.TryCopy(from, segment.Slice(headers, data)))
        {
            return 0;
        }

        // Without the tag of a VLAN the headers are where those of every frame are.
        int whole = headers + data;
        segment = segment.Slice(frame.TagBytes, whole - frame.TagBytes);
        int tcp = frame.ChecksumStart - frame.TagBytes;
        int index = (from - headers) / frame.SegmentBytes;
        Packet.Write16(segment, Packet.IpLength, segment.Length - Packet.Payload);
        Packet.Write16(segment, Identification, Packet.Read16(segment, Identification) + index);
        Packet.Write16(segment, Packet.IpChecksum, 0);
        ReadOnlySpan<byte> ip = segment.Slice(Packet.Payload, tcp - Packet.Payload);
        Packet.Write16(segment, Packet.IpChecksum, Packet.Checksum(ip));
        uint sequence = Packet.Read32(segment, tcp + Packet.TcpSequence) + (uint)(from - headers);
        Packet.Write32(segment, tcp + Packet.TcpSequence, sequence);
        bool isLast = from + data == frame.Bytes;
        segment[tcp + Packet.TcpFlags] &= (byte)~((isLast ? 0 : Finish | Push) | (index == 0 ? 0 : WindowReduced));

        // The place of the checksum holds the sum of what is not in the packet: addresses, protocol, and length.
        Span<byte> pseudo = stackalloc byte[12];
        segment.Slice(Packet.IpSource, 8).CopyTo(pseudo);
        Packet.Write16(pseudo, 8, Packet.Tcp);
        Packet.Write16(pseudo, 10, segment.Length - tcp);
        Packet.Write16(segment, tcp + Packet.TcpChecksum, ~Packet.Checksum(pseudo));
        Complete(segment, tcp, tcp + Packet.TcpChecksum);
        return whole;
    }
}
