// The pages of a guest's memory that it has touched, in the order of their addresses: those that its second-level table
// leads to. Which of them may have changed since a moment its leaves say: the processor marks what the guest writes,
// where it has dirty flags at all, and the hypervisor what it writes itself, and what is new.
namespace MinusOne.Hv.Snapshot;

internal unsafe struct TouchedPages
{
    private readonly GuestMemory* _memory;
    private PageEntry* _leaf;
    private int _level;

    // What comes behind the page that is shown, and behind its leaf.
    private ulong _next;
    private ulong _end;

    private TouchedPages(GuestMemory* memory) => _memory = memory;

    public ulong Address { get; private set; }

    public readonly byte* Content => At(_leaf, _level, Address);

    public static TouchedPages Of(GuestMemory* memory) => new(memory);

    public static bool HasFlags(Machine* machine) =>
        machine->Facts.Processor.IsAmd || machine->Facts.Vmx.EptVpid.AccessedAndDirty;

    // A large leaf says it of all its pages.
    public static bool IsChanged(PageEntry* leaf) => (leaf->Raw & Changed) != 0;

    public readonly bool HasChanged => IsChanged(_leaf);

    // From here on leaves say what changes. The processor is told, or it would not mark again what it has marked.
    public static void Settle(GuestMemory* memory)
    {
        ulong at = 0;
        for (PageEntry* leaf; (leaf = memory->Table.Next(ref at, PageTable.InputLimit, out int level)) != null;)
        {
            *leaf = new(leaf->Raw & ~Changed);
            at = PageTable.Behind(at, level);
        }

        memory->Table.IsStale = true;
    }

    private static ulong Changed
    {
        get
        {
            ulong use = PageEntry.UseMask(Cpu.IsAmd ? PageFormat.Nested : PageFormat.Ept);
            return PageEntry.Written | (use & ~(use >> 1));
        }
    }

    public bool MoveNext()
    {
        if (_next == _end)
        {
            _leaf = _memory->Table.Next(ref _next, PageTable.InputLimit, out _level);
            _end = _leaf == null ? _next : PageTable.Behind(_next, _level);
        }

        Address = _next;
        _next += _leaf == null ? 0 : (ulong)SnapshotFormat.PageBytes;
        return _leaf != null;
    }

    // Where a leaf has what is at this address.
    public static byte* At(PageEntry* leaf, int level, ulong address) =>
        (byte*)(leaf->Frame(level) + (address & PageLevel.OffsetMask(level))).Pointer;

    public static bool IsClear(byte* content)
    {
        var words = (ulong*)content;
        for (int i = 0; i < SnapshotFormat.PageWords; i++)
        {
            if (words[i] != 0)
            {
                return false;
            }
        }

        return true;
    }
}
