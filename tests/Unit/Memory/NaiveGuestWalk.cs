// The guest's paging written down a second time, from the manual's tables rather than for speed: entries are collected
// first, then every rule is asked of the list. Reserved bits are spelled as ranges, mode by mode.

using System.Collections.Generic;
using System.Linq;

namespace MinusOne.Tests.Unit.Memory;

internal sealed class NaiveGuestWalk
{
    public Dictionary<ulong, ulong> Memory { get; init; } = [];

    public bool Paging { get; init; }

    public bool Pae { get; init; }

    public bool Long { get; init; }

    public bool Five { get; init; }

    public bool Wp { get; init; }

    public bool Pse { get; init; }

    public bool Smep { get; init; }

    public bool Smap { get; init; }

    public bool Nxe { get; init; }

    public bool Pages1G { get; init; }

    public int Width { get; init; }

    public ulong Cr3 { get; init; }

    public ulong[] Pdptes { get; init; } = new ulong[4];

    public (string Result, ulong Address, uint Code) Translate(
        ulong linear, bool write, bool fetch, bool user, bool isImplicit, bool ac, List<ulong> used = null)
    {
        linear = Long ? linear : linear & 0xFFFF_FFFF;
        if (!Paging)
        {
            return ("ok", linear, 0);
        }

        int bits = !Long ? 32 : Five ? 57 : 48;
        ulong sign = linear >> (bits - 1);
        if (Long && sign != 0 && sign != ulong.MaxValue >> (bits - 1))
        {
            return ("canonical", 0, 0);
        }

        uint code = (write ? 2u : 0) | (user ? 4u : 0) | (fetch && (Smep || ((Pae || Long) && Nxe)) ? 16u : 0);
        List<ulong> entries = [];
        string outcome = Collect(linear, entries, used ??= [], out ulong address);
        return outcome switch
        {
            "absent" => ("fault", 0, code),
            "reserved" => ("fault", 0, code | 9),
            "unreachable" => ("unreachable", address, 0),
            _ => Permitted(entries, write, fetch, user, isImplicit, ac) ? ("ok", address, 0) : ("fault", 0, code | 1),
        };
    }

    private string Collect(ulong linear, List<ulong> entries, List<ulong> used, out ulong address)
    {
        bool wide = Pae || Long;
        int[] shifts = Long ? (Five ? [48, 39, 30, 21, 12] : [39, 30, 21, 12]) : Pae ? [21, 12] : [22, 12];
        address = 0;
        if (!TryRoot(linear, out ulong table))
        {
            return "absent";
        }

        foreach (int shift in shifts)
        {
            address = table + ((linear >> shift) % (wide ? 512UL : 1024) * (wide ? 8UL : 4));
            if (!Memory.TryGetValue(address, out ulong entry))
            {
                return "unreachable";
            }

            used.Add(address);
            entries.Add(entry);
            if (entry % 2 == 0)
            {
                return "absent";
            }

            bool large = Bit(entry, 7) && (shift == 21 || shift == 30 || (shift == 22 && Pse));
            if (Reserved(shift, large, wide).Any(bit => Bit(entry, bit)))
            {
                return "reserved";
            }

            if (large || shift == 12)
            {
                address = InPage(entry, shift, linear);
                return "mapped";
            }

            table = entry & 0xF_FFFF_FFFF_F000;
        }

        return "never";
    }

    private bool TryRoot(ulong linear, out ulong table)
    {
        table = Long ? Cr3 & 0xF_FFFF_FFFF_F000 : Cr3 & 0xFFFF_F000;
        if (!Pae || Long)
        {
            return true;
        }

        ulong pdpte = Pdptes[linear >> 30];
        table = pdpte & 0xF_FFFF_FFFF_F000;
        return pdpte % 2 == 1;
    }

    private static ulong InPage(ulong entry, int shift, ulong linear)
    {
        ulong size = 1UL << shift;
        ulong frame = shift == 22
            ? (entry & 0xFFC0_0000) + (((entry >> 13) & 0xFF) << 32)
            : (entry & 0xF_FFFF_FFFF_F000) / size * size;
        return frame + (linear % size);
    }

    private IEnumerable<int> Reserved(int shift, bool large, bool wide)
    {
        if (!wide)
        {
            int top = System.Math.Clamp(Width, 32, 40);
            return large ? Range(top - 19, 21) : [];
        }

        IEnumerable<int> bits = Range(Width, Long ? 51 : 62);
        bits = Nxe ? bits : bits.Append(63);
        bits = shift >= 39 || (shift == 30 && !Pages1G) ? bits.Append(7) : bits;
        return !large ? bits : shift == 30 ? bits.Concat(Range(13, 29)) : bits.Concat(Range(13, 20));
    }

    private bool Permitted(List<ulong> entries, bool write, bool fetch, bool user, bool isImplicit, bool ac)
    {
        bool userPage = entries.All(entry => Bit(entry, 2));
        bool writable = entries.All(entry => Bit(entry, 1));
        bool executable = !((Pae || Long) && Nxe && entries.Any(entry => Bit(entry, 63)));
        return (user, userPage) switch
        {
            (true, false) => false,
            (true, true) => fetch ? executable : !write || writable,
            (false, true) when fetch => executable && !Smep,
            (false, true) when Smap && (isImplicit || !ac) => false,
            (false, _) when fetch => executable,
            _ => !write || writable || !Wp,
        };
    }

    private static IEnumerable<int> Range(int first, int last) =>
        first > last ? [] : Enumerable.Range(first, last - first + 1);

    private static bool Bit(ulong value, int bit) => (value >> bit) % 2 == 1;
}

// Guest paging structures in a dictionary of entries, counting what is read and written.
internal struct DictionaryTables : IGuestTables
{
    public Dictionary<ulong, ulong> Entries;
    public int Reads;
    public int Writes;

    // Entries that can be read only.
    public ulong ReadOnly;

    public bool TryRead(Gpa address, int bytes, out ulong entry)
    {
        Reads++;
        return Entries.TryGetValue(address.Value, out entry);
    }

    public bool TryWrite(Gpa address, int bytes, ulong entry)
    {
        Writes++;
        if (address.Value == ReadOnly)
        {
            return false;
        }

        Entries[address.Value] = bytes == 4 ? (uint)entry : entry;
        return true;
    }
}
