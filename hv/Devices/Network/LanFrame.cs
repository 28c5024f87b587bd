// A frame on its way through a switch: its beginning, as it was read once, and of one that is longer than a cable would
// carry the rest where its sender has it. Such a one is TCP's, and made to be cut into segments where it leaves for a
// station that cannot take it whole; its checksum, like that of a short one, may have been left to do. Virtual I/O
// Device 1.2, 5.1.6.2 Packet Transmission: everything in the header is a guest's, and judged here.
namespace MinusOne.Hv.Devices.Network;

internal unsafe struct LanFrame
{
    // The longest that an IP packet can be, and into how many segments it may have to be cut.
    public const int MostLarge = Packet.Payload + ushort.MaxValue;
    public const int MostSegments = 256;

    // The header of virtio, which a frame leaves with if its receiver understands it.
    public const int HeaderBytes = 12;
    private const int FlagsAt = 0, KindAt = 1, LengthAt = 2, SegmentAt = 4, StartAt = 6, OffsetAt = 8;

    // How many chains it fills.
    public const int ChainsAt = 10;
    private const byte NeedsChecksum = 1, Tcp4 = 1;

    private const int TcpBytes = 20, IpBytes = 20;

    public byte* Start;
    public int StartBytes;
    public int Bytes;

    // The sender's chain, in which the frame lies behind the header; and that it turned out not to be there.
    public VirtChain* Chain;
    public GuestMemory* Memory;
    public bool IsBroken;

    // What handing it out has cost, in bytes.
    public int Work;

    // Where its checksum is summed up from, and where it belongs; 0: nothing is left to do.
    public int ChecksumStart;
    public int ChecksumAt;

    // With a length of segments: the headers before the data of each.
    public int SegmentBytes;
    public int HeadersBytes;

    public readonly bool IsLarge => SegmentBytes != 0;

    // What stands before the headers of a VLAN's frame that other frames do not have.
    public readonly int TagBytes =>
        StartBytes >= Packet.Payload + Packet.TagBytes
        && Packet.Read16(new ReadOnlySpan<byte>(Start, StartBytes), Packet.Kind) == Packet.Tag ? Packet.TagBytes : 0;

    public static LanFrame Plain(byte* start, int bytes) => new() { Start = start, StartBytes = bytes, Bytes = bytes };

    // What its header asks for. False: it is none that could be sent. Without `mayLeave` its sender has not said that
    // it would leave anything to do, and its header says nothing.
    public bool TryJudge(ReadOnlySpan<byte> header, bool mayLeave, bool mayBeLarge)
    {
        if (mayLeave && (header[FlagsAt] & NeedsChecksum) != 0)
        {
            ChecksumStart = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(StartAt));
            ChecksumAt = ChecksumStart + BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(OffsetAt));
            if (ChecksumStart < Packet.Payload || ChecksumAt + 2 > StartBytes)
            {
                return false;
            }
        }

        if (!mayBeLarge || header[KindAt] == 0)
        {
            return Bytes <= Packet.MostUntagged + TagBytes;
        }

        SegmentBytes = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(SegmentAt));
        return header[KindAt] == Tcp4 && SegmentBytes != 0 && IsTcp();
    }

    // TCP over IPv4 with all of its headers here, whose checksum is left to do, and which can be cut.
    private bool IsTcp()
    {
        var start = new ReadOnlySpan<byte>(Start + TagBytes, StartBytes - TagBytes);
        if (start.Length < Packet.IpPayload || Packet.Read16(start, Packet.Kind) != Packet.Ip
            || start[Packet.Payload] >> 4 != 4 || start[Packet.Protocol] != Packet.Tcp)
        {
            return false;
        }

        int ip = (start[Packet.Payload] & 0xF) * 4;
        int tcp = Packet.Payload + ip;
        if (ip < IpBytes || tcp + TcpBytes > start.Length || ChecksumStart != TagBytes + tcp
            || ChecksumAt != ChecksumStart + Packet.TcpChecksum)
        {
            return false;
        }

        int length = (start[tcp + Packet.TcpLength] >> 4) * 4;
        HeadersBytes = ChecksumStart + length;
        return length >= TcpBytes && HeadersBytes <= StartBytes && HeadersBytes < Bytes
            && HeadersBytes + SegmentBytes <= Packet.MostUntagged + TagBytes
            && (Bytes - HeadersBytes - 1) / SegmentBytes < MostSegments;
    }

    // The header that a receiver gets which understands what was left to do.
    public readonly void Write(Span<byte> header)
    {
        header.Clear();
        if (ChecksumAt != 0)
        {
            header[FlagsAt] = NeedsChecksum;
            BinaryPrimitives.WriteUInt16LittleEndian(header.Slice(StartAt), (ushort)ChecksumStart);
            BinaryPrimitives.WriteUInt16LittleEndian(header.Slice(OffsetAt), (ushort)(ChecksumAt - ChecksumStart));
        }

        if (IsLarge)
        {
            header[KindAt] = Tcp4;
            BinaryPrimitives.WriteUInt16LittleEndian(header.Slice(LengthAt), (ushort)HeadersBytes);
            BinaryPrimitives.WriteUInt16LittleEndian(header.Slice(SegmentAt), (ushort)SegmentBytes);
        }
    }

    // Copies bytes from somewhere on to where a chain is. False: one of both has no such memory; IsBroken says which.
    public bool TryCopy(int from, int bytes, ref VirtChain to, GuestMemory* memory)
    {
        int near = Math.Clamp(StartBytes - from, 0, bytes);
        if (near != 0 && !to.TryWrite(memory, new ReadOnlySpan<byte>(Start + from, near)))
        {
            return false;
        }

        for (int left = Seek(from + near, bytes - near); left != 0;)
        {
            uint got = Chain->Reach(Memory, isWritten: false, (uint)left, out byte* host);
            IsBroken |= got == 0;
            if (got == 0 || !to.TryWrite(memory, new ReadOnlySpan<byte>(host, (int)got)))
            {
                return false;
            }

            left -= (int)got;
        }

        return true;
    }

    // The same into our own memory.
    public bool TryCopy(int from, Span<byte> to)
    {
        int near = Math.Clamp(StartBytes - from, 0, to.Length);
        new ReadOnlySpan<byte>(Start + Math.Min(from, StartBytes), near).CopyTo(to);
        Span<byte> rest = to.Slice(near);
        IsBroken |= Seek(from + near, rest.Length) != 0 && !Chain->TryRead(Memory, rest);
        return !IsBroken;
    }

    private readonly int Seek(int from, int bytes)
    {
        if (bytes != 0)
        {
            Chain->Seek((uint)(HeaderBytes + from), isWritten: false);
        }

        return bytes;
    }
}
