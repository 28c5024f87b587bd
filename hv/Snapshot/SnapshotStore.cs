// Bytes that are kept in frames: a chain, each with the address of the next one in its first word.
namespace MinusOne.Hv.Snapshot;

internal unsafe struct SnapshotStore
{
    private const int Link = sizeof(ulong);
    public const int Room = (int)SnapshotFrames.FrameBytes - Link;

    private byte* _last;
    private int _used;

    // Null: nothing is kept.
    public byte* First { readonly get; private set; }

    public ulong Bytes { readonly get; private set; }

    public static ulong FramesFor(ulong bytes) => (bytes + Room - 1) / Room;

    // The frame behind one of them.
    public static byte* Behind(byte* frame) => *(byte**)frame;

    // False: there is no frame left.
    public bool TryPut(SnapshotFrames* frames, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if ((_last == null || _used == Room) && !TryGrow(frames))
            {
                return false;
            }

            int length = Math.Min(bytes.Length, Room - _used);
            bytes.Slice(0, length).CopyTo(new Span<byte>(_last + Link + _used, length));
            bytes = bytes.Slice(length);
            _used += length;
            Bytes += (uint)length;
        }

        return true;
    }

    public void Release(SnapshotFrames* frames)
    {
        for (byte* frame = First; frame != null;)
        {
            byte* next = Behind(frame);
            frames->Return(frame);
            frame = next;
        }

        this = default;
    }

    private bool TryGrow(SnapshotFrames* frames)
    {
        byte* fresh = frames->Take();
        if (fresh == null)
        {
            return false;
        }

        if (_last == null)
        {
            First = fresh;
        }
        else
        {
            *(byte**)_last = fresh;
        }

        _last = fresh;
        _used = 0;
        return true;
    }
}
