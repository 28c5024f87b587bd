// What a processor remembers of EPT: the software model of guest-physical translations. It walks the real tables, sets
// accessed and dirty flags as hardware does, and remembers every translation until INVEPT. Stricter than hardware,
// which may forget at any time: a remembered translation that is no longer what the tables say is an error at once,
// because some processor would have used it. SDM 3C 30.4 Caching Translation Information.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Hv.Memory;
using MinusOne.Hv.Vmx;
using MinusOne.Hv.X86;

namespace MinusOne.Tests.Unit.SoftCpu;

internal sealed unsafe class EptTlb
{
    private const ulong AddressMask = 0x000F_FFFF_FFFF_F000;

    private readonly Dictionary<(ulong Root, ulong Page), EptWalk> _remembered = [];

    public int Invalidations { get; private set; }

    // Makes INVEPT fail, as on a processor without this kind of it.
    public bool Refuses { get; init; }

    public int Remembered => _remembered.Count;

    // An access of the guest: where it leads, or how it fails.
    public EptWalk Access(EptPointer pointer, Gpa address, PageRights access)
    {
        (ulong, ulong) key = (pointer.Root.Value, address.Page.Value);
        EptWalk now = Walk(pointer, address);
        if (_remembered.TryGetValue(key, out EptWalk before))
        {
            Verify(address, before, now);
        }

        if (now.Outcome != EptOutcome.Translated || (access & ~now.Rights) != 0)
        {
            // A violation forgets the translation that led to it.
            _remembered.Remove(key);
            return now.Outcome == EptOutcome.Misconfigured ? now : now with { Outcome = EptOutcome.Violation };
        }

        if (pointer.AccessedAndDirty)
        {
            now = Mark(now, (access & PageRights.Write) != 0);
        }

        _remembered[key] = now;
        return now;
    }

    // Before an entry: everything that is remembered of these tables must still be true.
    public void Verify(EptPointer pointer)
    {
        foreach (((ulong root, ulong page), EptWalk before) in _remembered)
        {
            if (root == pointer.Root.Value)
            {
                Verify(new(page), before, Walk(pointer, new(page)));
            }
        }
    }

    public VmxResult Invalidate(InvEptKind kind, InvEptDescriptor descriptor)
    {
        EptPointer pointer = new(descriptor.EptPointer);
        bool validPointer = pointer.Levels == 4 && pointer.MemoryType is MemoryType.Uncacheable or MemoryType.WriteBack;
        bool valid = descriptor.Reserved == 0
            && (kind == InvEptKind.AllContexts || (kind == InvEptKind.SingleContext && validPointer));
        if (!valid || Refuses)
        {
            return VmxResult.FailValid;
        }

        Invalidations++;
        foreach ((ulong, ulong) key in _remembered.Keys.ToArray())
        {
            if (kind == InvEptKind.AllContexts || key.Item1 == pointer.Root.Value)
            {
                _remembered.Remove(key);
            }
        }

        return VmxResult.Succeed;
    }

    private static void Verify(Gpa address, EptWalk before, EptWalk now)
    {
        bool same = now.Outcome == EptOutcome.Translated && before.Frame == now.Frame && before.Rights == now.Rights
            && before.Type == now.Type && before.Entries.SequenceEqual(now.Entries);

        // Flags that were cleared would not be set again by an access through the remembered translation.
        same = same && (!before.Accessed || now.Accessed) && (!before.Dirty || now.Dirty);
        if (!same)
        {
            throw new InvalidOperationException($"INVEPT forgotten: {address.Value:X} was {before}, is {now}");
        }
    }

    private static EptWalk Walk(EptPointer pointer, Gpa address)
    {
        List<ulong> entries = [];
        ulong table = pointer.Root.Value;
        PageRights rights = PageRights.All;
        bool accessed = true;
        for (int shift = 39; ; shift -= 9)
        {
            ulong* slot = (ulong*)table + ((address.Value >> shift) & 511);
            ulong entry = *slot;
            entries.Add((ulong)slot);
            rights &= (PageRights)(entry & 7);
            if ((entry & 7) == 0)
            {
                return new EptWalk(EptOutcome.Violation, default, PageRights.None, default, false, false, entries);
            }

            bool leaf = shift == 12 || (shift < 39 && (entry & 0x80) != 0);
            if (IsMisconfigured(entry, shift, leaf))
            {
                return new EptWalk(EptOutcome.Misconfigured, default, rights, default, false, false, entries);
            }

            accessed &= (entry & 0x100) != 0;
            if (leaf)
            {
                ulong inside = (1UL << shift) - 1;
                Hpa frame = new((entry & AddressMask & ~inside) | (address.Value & inside & ~0xFFFUL));
                return new EptWalk(
                    EptOutcome.Translated,
                    frame,
                    rights,
                    (MemoryType)((entry >> 3) & 7),
                    accessed,
                    (entry & 0x200) != 0,
                    entries);
            }

            table = entry & AddressMask;
        }
    }

    // SDM 3C 30.3.3.1 EPT Misconfigurations.
    private static bool IsMisconfigured(ulong entry, int shift, bool leaf)
    {
        bool badRights = (entry & 3) == 2;
        bool badType = leaf && ((entry >> 3) & 7) is 2 or 3 or 7;
        bool reserved = leaf ? shift > 12 && (entry & ((1UL << shift) - 0x1000)) != 0 : (entry & 0xF8) != 0;
        return badRights || badType || reserved;
    }

    private static EptWalk Mark(EptWalk walk, bool dirty)
    {
        foreach (ulong slot in walk.Entries)
        {
            *(ulong*)slot |= 0x100;
        }

        *(ulong*)walk.Entries[^1] |= dirty ? 0x200UL : 0;
        return walk with { Accessed = true, Dirty = walk.Dirty || dirty };
    }
}
