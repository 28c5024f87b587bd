// The buffers of one request: a chain of descriptors, read once and kept, so that a guest that changes its tables
// meanwhile changes nothing. What a device may read comes first, then what it writes. Virtual I/O Device 1.2, 2.7.5 The
// Virtqueue Descriptor Table. Whether memory is there is found when a buffer is used, a page at a time.
namespace MinusOne.Hv.Devices.Virtio;

internal unsafe struct VirtChain
{
    public const int Most = VirtQueue.MostEntries;

    private fixed ulong _addresses[Most];
    private fixed uint _lengths[Most];

    // Where the next byte is read or written.
    private int _part;
    private uint _offset;

    // The first that is written.
    private int _firstWritten;

    public ushort Head { get; private set; }

    // Descriptors of buffers.
    public int Count { readonly get; private set; }

    // Bytes to be read, and to be written, from the start.
    public ulong Readable { readonly get; private set; }

    public ulong Writable { readonly get; private set; }

    public void Begin(ushort head)
    {
        Head = head;
        Count = _part = _firstWritten = 0;
        _offset = 0;
        Readable = Writable = 0;
    }

    // False: too many, of no bytes, or one to be read behind one that is written.
    public bool TryAdd(in VirtDescriptor descriptor)
    {
        if (Count == Most || descriptor.Length == 0 || (!descriptor.IsWritten && Writable != 0))
        {
            return false;
        }

        _addresses[Count] = descriptor.Address;
        _lengths[Count++] = descriptor.Length;
        _firstWritten += descriptor.IsWritten ? 0 : 1;
        Readable += descriptor.IsWritten ? 0 : descriptor.Length;
        Writable += descriptor.IsWritten ? descriptor.Length : 0;
        return true;
    }

    // Goes to a byte of those that are read, or written, or behind the last one.
    public void Seek(ulong position, bool isWritten)
    {
        _part = isWritten ? _firstWritten : 0;
        while (_part < Count && position >= _lengths[_part])
        {
            position -= _lengths[_part++];
        }

        _offset = (uint)position;
    }

    // The host's address of the next bytes, at most so many, as far as they lie in one page and one buffer, and past
    // them. 0: the guest has no such memory.
    public uint Reach(GuestMemory* memory, bool isWritten, uint most, out byte* host)
    {
        host = null;
        uint bytes = Pass(most, 0x1000, out ulong address);
        PageRights access = isWritten ? PageRights.Write : PageRights.Read;
        return bytes != 0 && memory->TryReach(new Gpa(address), access, out host) == Resolution.Mapped ? bytes : 0;
    }

    // The guest's address of the next bytes, at most so many, as far as they lie in one buffer and one aligned piece,
    // and past them. 0: there are none, or no such address.
    public uint Pass(uint most, uint piece, out ulong address)
    {
        address = 0;
        if (_part == Count || (address = _addresses[_part] + _offset) < _offset)
        {
            return 0;
        }

        uint bytes = Math.Min(Math.Min(most, _lengths[_part] - _offset), piece - ((uint)address & (piece - 1)));
        _offset += bytes;
        if (_offset == _lengths[_part])
        {
            _part++;
            _offset = 0;
        }

        return bytes;
    }

    // A few bytes, from where it is. False: the guest has no such memory.
    public bool TryRead(GuestMemory* memory, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            uint got = Reach(memory, isWritten: false, (uint)bytes.Length, out byte* host);
            if (got == 0)
            {
                return false;
            }

            new ReadOnlySpan<byte>(host, (int)got).CopyTo(bytes);
            bytes = bytes.Slice((int)got);
        }

        return true;
    }

    public bool TryWrite(GuestMemory* memory, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            uint got = Reach(memory, isWritten: true, (uint)bytes.Length, out byte* host);
            if (got == 0)
            {
                return false;
            }

            bytes.Slice(0, (int)got).CopyTo(new Span<byte>(host, (int)got));
            bytes = bytes.Slice((int)got);
        }

        return true;
    }
}

// As it stands in the guest's memory.
internal struct VirtDescriptor
{
    public const int Bytes = 16;

    private const ushort HasNext = 1, Written = 2, Indirect = 4;

    public ulong Address;
    public uint Length;
    public ushort Flags;
    public ushort Next;

    public readonly bool Continues => (Flags & HasNext) != 0;
    public readonly bool IsWritten => (Flags & Written) != 0;
    public readonly bool IsTable => (Flags & Indirect) != 0;
}
