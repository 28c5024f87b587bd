// The snapshots that the hypervisor keeps in its own memory, one for each guest.
namespace MinusOne.Hv.Snapshot;

internal unsafe struct SnapshotShelf
{
    // Frames that stay free: for guests' tables, and what they touch that the pool has to back.
    private const ulong Reserve = 64;

    private Places _places;

    public static SnapshotShelf* Of(Machine* machine) => (SnapshotShelf*)machine->Snapshots;

    [UnscopedRef]
    public ref SnapshotStore this[uint number] => ref _places[(int)number & (VmSlots.Most - 1)];

    // Room for one in the place of what is kept of this guest. False: there is not so much, and that stays.
    public bool TryMakeRoom(FramePool* frames, uint number, ulong bytes)
    {
        ref SnapshotStore store = ref this[number];
        bool isRoom = SnapshotStore.FramesFor(bytes) + Reserve
            <= frames->Available + SnapshotStore.FramesFor(store.Bytes);
        if (isRoom)
        {
            store.Release(frames);
        }

        return isRoom;
    }

    [InlineArray(VmSlots.Most)]
    private struct Places { private SnapshotStore _first; }
}
