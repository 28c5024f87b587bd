// Pages cleared ahead. A guest that waits leaves time: up to 64 pages behind the one it touched last are cleared then,
// and their first touch finds nothing left to do but an entry. They are the guest's own identity frames, not mapped and
// not lent before they are touched, so this takes no memory and changes no count; what is cleared is forgotten when the
// next window is. Pages without a table, and those that the pool backs, are cleared when they are touched.

namespace MinusOne.Hv.Memory;

internal unsafe partial struct GuestMemory
{
    // A guest that waits less than it takes to clear them all is not held up.
    public const ulong AheadTicks = 1 << 16;

    private const int MostAhead = 64;

    public void PrepareAhead()
    {
        Hpa next = _touched + 0x1000;
        GuestExtent* extent = _last;
        if (next == _window || extent->Backing != GuestBacking.Identity)
        {
            return;
        }

        _window = next;
        _ahead = 0;
        for (int i = 0; i < MostAhead; i++)
        {
            var address = new Gpa(next.Value + ((ulong)i << 12));
            if (address - extent->Start >= extent->Length)
            {
                return;
            }

            PageEntry* entry = _table.Lookup(address.Value, out int level);
            if (level != PageLevel.Page4K)
            {
                return;
            }

            if (!entry->IsPresent)
            {
                Cpu.ClearFrame((void*)address.Value);
                _ahead |= 1UL << i;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TakeCleared(Hpa frame)
    {
        ulong index = (frame - _window) >> 12;
        bool isClear = index < MostAhead && ((_ahead >> (int)index) & 1) != 0;
        _touched = frame;
        if (isClear)
        {
            _ahead &= ~(1UL << (int)index);
        }

        return isClear;
    }
}
