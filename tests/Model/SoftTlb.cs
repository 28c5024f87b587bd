// What the processor remembers of translations. SDM 3C 30.4 Caching Translation Information: guest-physical mappings
// go by the EPT root, combined mappings (linear to host-physical) by VPID, PCID and EPT root. Nothing is ever
// forgotten by itself, and a large page is remembered whole, as some processor would: what the hypervisor fails to
// invalidate stays.

using System;
using System.Collections.Generic;
using System.Linq;

namespace MinusOne.Tests.Model;

internal sealed class SoftTlb
{
    private const ulong RootMask = 0x000F_FFFF_FFFF_F000;

    private static readonly int[] s_shifts = [12, 21, 30];

    private readonly Dictionary<(ulong Root, int Shift, ulong Page), EptMapping> _guestPhysical = [];
    private readonly Dictionary<(ulong Root, int Shift, ulong Page), EptTable> _tables = [];
    private readonly Dictionary<LinearTag, LinearMapping> _linear = [];

    // All that is remembered of the tables under an EPT pointer, with an address each.
    public IEnumerable<(ulong Address, EptMapping Mapping)> MappingsOf(ulong eptPointer) =>
        from known in _guestPhysical
        where known.Key.Root == (eptPointer & RootMask)
        select (known.Key.Page << known.Key.Shift, known.Value);

    public IEnumerable<(ulong Address, int Shift, EptTable Table)> TablesOf(ulong eptPointer) =>
        from known in _tables
        where known.Key.Root == (eptPointer & RootMask)
        select (known.Key.Page << (known.Key.Shift + 9), known.Key.Shift, known.Value);

    // How much is remembered; for tests.
    public int GuestPhysicalMappings => _guestPhysical.Count;

    public int LinearMappings => _linear.Count;

    public bool TryFind(ulong eptPointer, ulong address, out EptMapping mapping)
    {
        foreach (int shift in s_shifts)
        {
            if (_guestPhysical.TryGetValue((eptPointer & RootMask, shift, address >> shift), out mapping))
            {
                return true;
            }
        }

        mapping = default;
        return false;
    }

    public void Remember(ulong eptPointer, ulong address, EptMapping mapping) =>
        _guestPhysical[(eptPointer & RootMask, mapping.Shift, address >> mapping.Shift)] = mapping;

    // The table that a walk would read the entry of this address in, and what the entries above it allow.
    public bool TryFindTable(ulong eptPointer, ulong address, int shift, out EptTable table) =>
        _tables.TryGetValue((eptPointer & RootMask, shift, address >> (shift + 9)), out table);

    public void RememberTable(ulong eptPointer, ulong address, int shift, EptTable table) =>
        _tables[(eptPointer & RootMask, shift, address >> (shift + 9))] = table;

    public bool TryFind(LinearTag tag, ulong linear, out LinearMapping mapping)
    {
        foreach (int shift in s_shifts)
        {
            LinearTag page = tag with { Shift = shift, Page = linear >> shift };
            if (_linear.TryGetValue(page, out mapping)
                || _linear.TryGetValue(page with { Pcid = LinearTag.Global }, out mapping))
            {
                return true;
            }
        }

        mapping = default;
        return false;
    }

    public void Remember(LinearTag tag, ulong linear, LinearMapping mapping) => _linear[tag with
    {
        Shift = mapping.Shift,
        Page = linear >> mapping.Shift,
        Pcid = mapping.IsGlobal ? LinearTag.Global : tag.Pcid,
    }] = mapping;

    // An EPT violation forgets what led to it. SDM 3C 30.4.3.1 Operations that Invalidate Cached Mappings.
    public void ForgetViolation(ulong eptPointer, ulong address, ushort vpid, ulong? linear)
    {
        Forget(_guestPhysical, key => key.Root == (eptPointer & RootMask) && key.Page == address >> key.Shift);
        Forget(_tables, key => key.Root == (eptPointer & RootMask) && key.Page == address >> (key.Shift + 9));
        if (linear is ulong used)
        {
            ulong root = eptPointer & RootMask;
            Forget(_linear, tag => tag.Vpid == vpid && tag.Root == root && tag.Page == used >> tag.Shift);
        }
    }

    public void ForgetEpt(ulong eptPointer)
    {
        ulong root = eptPointer & RootMask;
        Forget(_guestPhysical, key => key.Root == root);
        Forget(_tables, key => key.Root == root);
        Forget(_linear, tag => tag.Root == root);
    }

    public void ForgetAllEpt()
    {
        _guestPhysical.Clear();
        _tables.Clear();
        Forget(_linear, tag => tag.Root != LinearTag.NoEpt);
    }

    public void ForgetLinear(ushort vpid, ulong linear) =>
        Forget(_linear, tag => tag.Vpid == vpid && tag.Page == linear >> tag.Shift);

    // The one translation that this access would have used.
    public void ForgetLinear(LinearTag tag, ulong linear) => Forget(
        _linear,
        known => known.Vpid == tag.Vpid && known.Root == tag.Root && known.Page == linear >> known.Shift
            && (known.Pcid == tag.Pcid || known.Pcid == LinearTag.Global));

    public void ForgetVpid(ushort vpid, bool keepGlobals) =>
        Forget(_linear, tag => tag.Vpid == vpid && !(keepGlobals && tag.Pcid == LinearTag.Global));

    public void ForgetPcid(ushort vpid, int pcid) => Forget(_linear, tag => tag.Vpid == vpid && tag.Pcid == pcid);

    public void ForgetAllLinear() => _linear.Clear();

    private static void Forget<TKey, TValue>(Dictionary<TKey, TValue> from, Func<TKey, bool> which)
    {
        foreach (TKey key in from.Keys.Where(which).ToArray())
        {
            from.Remove(key);
        }
    }
}
