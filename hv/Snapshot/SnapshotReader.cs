// Reads a snapshot from the beginning to the end: from one piece of memory, as a file lies there, or from a store's
// frames. Nothing in it is believed: lengths are compared with what is there, contents with their sums.
namespace MinusOne.Hv.Snapshot;

internal unsafe struct SnapshotReader
{
    // What is left of the piece that is being read, and of all.
    private byte* _at;
    private ulong _piece;
    private ulong _left;

    // The store's frame; null: there is one piece.
    private byte* _frame;
    private uint _sum;

    // What is left of the section's content.
    private uint _content;

    public static SnapshotReader Of(in SnapshotStore store)
    {
        var reader = new SnapshotReader { _left = store.Bytes, _frame = store.First };
        reader._at = store.First + sizeof(ulong);
        reader._piece = SnapshotStore.Room;
        return reader;
    }

    public static SnapshotReader Of(byte* start, ulong bytes) => new() { _at = start, _piece = bytes, _left = bytes };

    public SnapshotTrouble Begin()
    {
        ulong magic;
        uint version;
        return !TryCopy(&magic, sizeof(ulong))
                || !new ReadOnlySpan<byte>(&magic, sizeof(ulong)).SequenceEqual(SnapshotFormat.Magic)
                ? SnapshotTrouble.NoSnapshot
            : !TryCopy(&version, sizeof(uint)) ? SnapshotTrouble.CutOff
            : version != SnapshotFormat.Version ? SnapshotTrouble.OtherVersion
            : SnapshotTrouble.None;
    }

    // The next section begins, and the one before it has been read to its end.
    public SnapshotTrouble Next(out SnapshotSection kind, out int length)
    {
        ulong head;
        kind = default;
        length = 0;
        _sum = ~0u;
        if (!TryCopy(&head, sizeof(ulong)))
        {
            return SnapshotTrouble.CutOff;
        }

        _sum = SnapshotFormat.Sum(_sum, new ReadOnlySpan<byte>(&head, sizeof(ulong)));
        kind = (SnapshotSection)(uint)head;
        _content = (uint)(head >> 32);
        length = (int)Math.Min(_content, int.MaxValue);
        return SnapshotTrouble.None;
    }

    // A part of its content. Damaged: the section has not as much.
    public SnapshotTrouble Read(void* to, int bytes)
    {
        if ((uint)bytes > _content)
        {
            return SnapshotTrouble.Damaged;
        }

        if (!TryCopy(to, bytes))
        {
            return SnapshotTrouble.CutOff;
        }

        _content -= (uint)bytes;
        _sum = SnapshotFormat.Sum(_sum, new ReadOnlySpan<byte>(to, bytes));
        return SnapshotTrouble.None;
    }

    public SnapshotTrouble End()
    {
        uint sum;
        return _content != 0 ? SnapshotTrouble.Damaged
            : !TryCopy(&sum, sizeof(uint)) ? SnapshotTrouble.CutOff
            : sum != ~_sum ? SnapshotTrouble.Damaged
            : SnapshotTrouble.None;
    }

    public readonly bool IsAtEnd => _left == 0;

    private bool TryCopy(void* to, int bytes)
    {
        if ((uint)bytes > _left)
        {
            return false;
        }

        _left -= (uint)bytes;
        for (var place = (byte*)to; bytes > 0;)
        {
            if (_piece == 0)
            {
                _frame = SnapshotStore.Behind(_frame);
                _at = _frame + sizeof(ulong);
                _piece = SnapshotStore.Room;
            }

            int length = (int)Math.Min(_piece, (uint)bytes);
            new ReadOnlySpan<byte>(_at, length).CopyTo(new Span<byte>(place, length));
            place += length;
            _at += length;
            _piece -= (uint)length;
            bytes -= length;
        }

        return true;
    }
}
