// The walk that a processor makes on a TLB miss under EPT, in software, counting every reference to memory. Each
// reference of the guest's walk is a guest-physical address, so it takes a walk of EPT first: g levels there and e here
// make (g + 1)(e + 1) references, the datum included. SDM 3C 30.3.2 EPT Translation Mechanism. Rights and flags are
// left out: this is for counting, on tables that the builder made.

namespace MinusOne.Hv.Lessons;

internal unsafe struct NestedWalker
{
    private readonly PageEntry* _root;

    public NestedWalker(Hpa eptRoot)
    {
        _root = (PageEntry*)eptRoot.Pointer;
        References = 0;
    }

    // Reads of table entries and of the datum.
    public int References { get; private set; }

    // Reads the datum at a guest-linear address through four levels of guest tables and four of EPT, fewer where a leaf
    // is large.
    public bool TryRead(Gpa guestRoot, Gva address, out ulong datum)
    {
        datum = 0;
        Gpa table = guestRoot;
        for (int level = PageLevel.Root; ; level--)
        {
            Gpa slot = table + ((ulong)PageLevel.Index(address.Value, level) << 3);
            if (!TryReadPhysical(slot, out ulong raw))
            {
                return false;
            }

            PageEntry entry = new(raw);
            if (!entry.IsPresent)
            {
                return false;
            }

            if (entry.IsLeaf(level))
            {
                ulong offset = address.Value & PageLevel.OffsetMask(level);
                return TryReadPhysical(new(entry.Frame(level).Value + offset), out datum);
            }

            table = new(entry.Table.Value);
        }
    }

    private bool TryReadPhysical(Gpa address, out ulong value)
    {
        value = 0;
        PageEntry* table = _root;
        for (int level = PageLevel.Root; ; level--)
        {
            PageEntry entry = table[PageLevel.Index(address.Value, level)];
            References++;
            if (!entry.IsPresent)
            {
                return false;
            }

            if (entry.IsLeaf(level))
            {
                References++;
                value = *(ulong*)(entry.Frame(level) + (address.Value & PageLevel.OffsetMask(level))).Pointer;
                return true;
            }

            table = (PageEntry*)entry.Table.Pointer;
        }
    }
}
