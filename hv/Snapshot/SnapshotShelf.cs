// The snapshots that the hypervisor keeps in its own memory, one for each guest: the sections that a file would have,
// but for the pages, which lie beside them so that the next snapshot has to copy only those that have changed.
namespace MinusOne.Hv.Snapshot;

internal unsafe struct SnapshotShelf
{
    private Places _places;

    public static SnapshotShelf* Of(Machine* machine) => (SnapshotShelf*)machine->Snapshots;

    [UnscopedRef]
    public ref KeptSnapshot this[uint number] => ref _places[(int)number & (VmSlots.Most - 1)];

    [InlineArray(VmSlots.Most)]
    private struct Places { private KeptSnapshot _first; }
}

internal unsafe struct KeptSnapshot
{
    private SnapshotFrames _frames;
    private SnapshotStore _sections;
    private KeptPages _pages;

    // The guest's leaves tell what has changed since.
    private bool _isCurrent;

    public readonly bool IsThere => _sections.First != null;

    public readonly ulong Pages => _pages.Count;

    // What the last snapshot had to copy, and the bytes of it; and those that were wanted for one that was refused.
    public readonly ulong Changed => _pages.Changed;

    public ulong Bytes { readonly get; private set; }

    // In the place of what was kept before. NoFrames: that stays.
    public SnapshotTrouble Save(Vm* vm, Vcpu* loaded, ulong tsc)
    {
        SnapshotTrouble trouble = GuestSnapshot.CanSave(vm);
        if (trouble != SnapshotTrouble.None)
        {
            return trouble;
        }

        _frames = IsThere ? _frames : new(vm->Machine);
        SnapshotWriter length = SnapshotWriter.Counting;
        GuestSnapshot.Save(ref length, vm, loaded, tsc, withPages: false);
        bool onlyChanged = _isCurrent && TouchedPages.HasFlags(vm->Machine);
        ulong frames = SnapshotStore.FramesFor(length.Bytes) + KeptPages.FramesFor(&vm->Memory, onlyChanged);
        frames += onlyChanged ? _frames.Used : 0;
        Bytes = frames * SnapshotFrames.FrameBytes;
        if (frames > _frames.Most)
        {
            return SnapshotTrouble.NoFrames;
        }

        fixed (SnapshotFrames* from = &_frames)
        fixed (SnapshotStore* sections = &_sections)
        {
            sections->Release(from);
            SnapshotWriter writer = SnapshotWriter.Into(sections, from);
            GuestSnapshot.Save(ref writer, vm, loaded, tsc, withPages: false);
            if (!_pages.TryTake(ref *from, &vm->Memory, onlyChanged) || writer.HasFailed)
            {
                Release();
                return SnapshotTrouble.NoFrames;
            }
        }

        Settle(vm);
        Bytes = length.Bytes + (_pages.Changed * SnapshotFormat.PageBytes);
        return SnapshotTrouble.None;
    }

    public SnapshotTrouble Load(Vm* vm, Vcpu* loaded, ulong tsc)
    {
        fixed (KeptPages* pages = &_pages)
        {
            SnapshotTrouble trouble = GuestSnapshot.Load(SnapshotReader.Of(in _sections), pages, vm, loaded, tsc);
            if (trouble == SnapshotTrouble.None)
            {
                Settle(vm);
            }

            return trouble;
        }
    }

    // The guest goes. One that begins anew has nothing to do with what is kept, until it is loaded.
    public void Leave() => _isCurrent = false;

    private void Settle(Vm* vm)
    {
        TouchedPages.Settle(&vm->Memory);
        _isCurrent = true;
    }

    public void Release()
    {
        _frames.Release();
        this = default;
    }
}
