// Puts a snapshot together, section by section: into memory of the hypervisor's, out by the port for a program at the
// other end, or nowhere, to learn how long it is.
namespace MinusOne.Hv.Snapshot;

internal unsafe struct SnapshotWriter
{
    // Where it goes; null: by the port, or nowhere.
    private readonly SnapshotStore* _store;
    private readonly SnapshotFrames* _frames;
    private readonly bool _isSent;
    private uint _sum;

    private SnapshotWriter(SnapshotStore* store, SnapshotFrames* frames, bool isSent)
    {
        _store = store;
        _frames = frames;
        _isSent = isSent;
    }

    // There was no room, or the other end takes nothing: the rest is lost.
    public bool HasFailed { get; set; }

    public ulong Bytes { get; private set; }

    public uint Sections { get; private set; }

    // Those with a content.
    public uint Pages { get; set; }

    public static SnapshotWriter Counting => default;

    public static SnapshotWriter Sending => new(null, null, isSent: true);

    public static SnapshotWriter Into(SnapshotStore* store, SnapshotFrames* frames) =>
        new(store, frames, isSent: false);

    // Ahead of one that is sent: what it is called, and how many bytes follow.
    public void Announce(ReadOnlySpan<byte> name, ulong bytes)
    {
        Raw(SnapshotName.Magic);
        ulong length = (uint)name.Length;
        Raw(new ReadOnlySpan<byte>(&length, sizeof(byte)));
        Raw(name);
        Raw(new ReadOnlySpan<byte>(&bytes, sizeof(ulong)));
    }

    // The beginning of all.
    public void Begin()
    {
        Raw(SnapshotFormat.Magic);
        uint version = SnapshotFormat.Version;
        Raw(new ReadOnlySpan<byte>(&version, sizeof(uint)));
    }

    public void Begin(SnapshotSection kind, int length)
    {
        _sum = ~0u;
        Sections++;
        ulong head = (uint)kind | ((ulong)(uint)length << 32);
        Put(&head, sizeof(ulong));
    }

    public void Put(void* content, int length)
    {
        var bytes = new ReadOnlySpan<byte>(content, length);
        _sum = _isSent || _store != null ? SnapshotFormat.Sum(_sum, bytes) : 0;
        Raw(bytes);
    }

    public void End()
    {
        uint sum = ~_sum;
        Raw(new ReadOnlySpan<byte>(&sum, sizeof(uint)));
    }

    // A section that is one struct.
    public void Whole(SnapshotSection kind, void* content, int length)
    {
        Begin(kind, length);
        Put(content, length);
        End();
    }

    private void Raw(ReadOnlySpan<byte> bytes)
    {
        Bytes += (uint)bytes.Length;
        if (!HasFailed)
        {
            HasFailed = _store != null ? !_store->TryPut(_frames, bytes) : _isSent && !Host.TryRecord(bytes);
        }
    }
}
