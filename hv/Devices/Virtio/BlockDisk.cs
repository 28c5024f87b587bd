// Where a disk's bytes are: somebody who reads and writes them, a few at a time, to and from the host's memory. The one
// here is a file that was read while firmware was there, or a frame; what is written stays in that memory, over the
// guest's resets, until the run is over.
namespace MinusOne.Hv.Devices.Virtio;

internal unsafe struct BlockDisk
{
    public const ulong SectorBytes = 512;

    public byte* Start;
    public ulong Sectors;
    public bool IsReadOnly;

    // What it is called: GET_ID.
    public byte Number;

    // The disk, where in it, and whose memory. They lie within it. False: it cannot.
    public delegate*<ref BlockDisk, ulong, Span<byte>, bool> Read;
    public delegate*<ref BlockDisk, ulong, ReadOnlySpan<byte>, bool> Write;

    public static BlockDisk InMemory(byte* start, ulong bytes, bool isReadOnly, int number) => new()
    {
        Start = start,
        Sectors = bytes / SectorBytes,
        IsReadOnly = isReadOnly,
        Number = (byte)number,
        Read = &ReadMemory,
        Write = &WriteMemory,
    };

    private static bool ReadMemory(ref BlockDisk disk, ulong at, Span<byte> bytes)
    {
        new ReadOnlySpan<byte>(disk.Start + at, bytes.Length).CopyTo(bytes);
        return true;
    }

    private static bool WriteMemory(ref BlockDisk disk, ulong at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(disk.Start + at, bytes.Length));
        return true;
    }
}

// A guest's disks, in their order.
internal unsafe struct BlockDisks
{
    public const int Most = 8;

    public int Count { readonly get; private set; }

    private DiskArray _disks;

    [UnscopedRef]
    public readonly ref readonly BlockDisk this[int index] => ref _disks[index];

    // False: there is no slot for another one.
    public bool TryAdd(byte* start, ulong bytes, bool isReadOnly)
    {
        if (Count == Most)
        {
            return false;
        }

        _disks[Count] = BlockDisk.InMemory(start, bytes, isReadOnly, Count);
        Count++;
        return true;
    }

    [InlineArray(Most)]
    private struct DiskArray { private BlockDisk _first; }
}
