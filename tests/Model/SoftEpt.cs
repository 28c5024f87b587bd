// Walks the real EPT tables in memory, independently of hv/: translations, violations, misconfigurations, accessed and
// dirty flags. SDM 3C 30.3 The Extended Page Table Mechanism (EPT). What is remembered is used as long as it allows the
// access; a violation is always what the tables say.

using System.Collections.Generic;

namespace MinusOne.Tests.Model;

internal sealed class SoftEpt
{
    private const ulong AddressMask = 0x000F_FFFF_FFFF_F000;
    private const ulong AccessedAndDirty = 1ul << 6;
    private const ulong Accessed = 1ul << 8;
    private const ulong Dirty = 1ul << 9;
    private const ulong Large = 1ul << 7;

    private readonly SoftProcessor _cpu;

    public SoftEpt(SoftProcessor cpu)
    {
        _cpu = cpu;
    }

    private SoftTlb Tlb => _cpu.Vmx.Tlb;

    public static bool MarksUse(ulong pointer) => (pointer & AccessedAndDirty) != 0;

    public bool TryTranslate(ulong pointer, ulong address, Access access, out EptMapping mapping, out EptFault fault)
    {
        fault = default;
        bool writes = (access & Access.Write) != 0;
        if (Tlb.TryFind(pointer, address, out mapping)
            && (access & ~mapping.Rights) == 0
            && (mapping.IsDirty || !writes))
        {
            return true;
        }

        if (TryWalk(pointer, address, access, useTables: true, out mapping, out fault))
        {
            return true;
        }

        Tlb.ForgetViolation(pointer, address, 0, null);
        return TryWalk(pointer, address, access, useTables: false, out mapping, out fault);
    }

    // Before an entry: what is remembered must be what the tables say now, in address, size, rights, and marks that
    // would not be set again.
    public void Verify(ulong pointer)
    {
        foreach ((ulong address, EptMapping before) in Tlb.MappingsOf(pointer))
        {
            EptMapping? now = Look(pointer, address, lastShift: 0, out _);
            bool isSame = now == before || now == before with { IsDirty = true };
            Require(isSame, $"{address:X} was {before}, is {now?.ToString() ?? "not mapped, or not marked"}");
        }

        foreach ((ulong address, int shift, EptTable before) in Tlb.TablesOf(pointer))
        {
            Look(pointer, address, shift, out EptTable? now);
            Require(now == before, $"the table for {address:X} was {before}, is {now}");
        }
    }

    private static void Require(bool isSo, string what)
    {
        if (!isSo)
        {
            throw new SoftCpuException($"INVEPT forgotten: {what}");
        }
    }

    // A walk that leaves no traces, down to the table in which a leaf of this size would be.
    private EptMapping? Look(ulong pointer, ulong address, int lastShift, out EptTable? table)
    {
        bool isMarked = true;
        table = Start(pointer, address, useTables: false, out int shift);
        for (; shift > lastShift; shift -= 9)
        {
            ulong entry = _cpu.Memory.Read<ulong>(new Hpa(table.Value.Address + (((address >> shift) & 511) * 8)));
            Access rights = table.Value.Rights & (Access)(entry & 7);
            bool isLeaf = shift == 12 || (shift <= 30 && (entry & Large) != 0);
            isMarked &= (entry & Accessed) != 0 || !MarksUse(pointer);
            if ((entry & 7) == 0 || isLeaf || IsMisconfigured(entry, shift, isLeaf))
            {
                table = null;
                bool isDirty = !MarksUse(pointer) || (entry & Dirty) != 0;
                return isLeaf && isMarked && (entry & 7) != 0
                    ? new EptMapping(shift, FrameOf(entry, shift), rights, isDirty, (MemoryType)((entry >> 3) & 7))
                    : null;
            }

            table = new EptTable(entry & AddressMask, rights);
        }

        return null;
    }

    private static ulong FrameOf(ulong entry, int shift) => entry & AddressMask & ~((1ul << shift) - 1);

    private bool TryWalk(
        ulong pointer, ulong address, Access access, bool useTables, out EptMapping mapping, out EptFault fault)
    {
        var used = new List<Hpa>();
        EptTable table = Start(pointer, address, useTables, out int shift);
        mapping = default;
        for (; ; shift -= 9)
        {
            Hpa slot = new(table.Address + (((address >> shift) & 511) * 8));
            ulong entry = _cpu.Memory.Read<ulong>(slot);
            used.Add(slot);
            Access rights = table.Rights & (Access)(entry & 7);
            if ((entry & 7) == 0)
            {
                fault = new EptFault(false, Access.None);
                return false;
            }

            bool isLeaf = shift == 12 || (shift <= 30 && (entry & Large) != 0);
            if (IsMisconfigured(entry, shift, isLeaf))
            {
                fault = new EptFault(true, rights);
                return false;
            }

            if (isLeaf)
            {
                fault = new EptFault(false, rights);
                bool isAllowed = (access & ~rights) == 0;
                mapping = isAllowed ? Finish(pointer, address, access, used, entry, shift, rights) : default;
                return isAllowed;
            }

            table = new EptTable(entry & AddressMask, rights);
            Tlb.RememberTable(pointer, address, shift - 9, table);
        }
    }

    // The lowest table that is remembered for this address, or the root.
    private EptTable Start(ulong pointer, ulong address, bool useTables, out int shift)
    {
        int top = 12 + (9 * (int)((pointer >> 3) & 7));
        for (shift = 12; useTables && shift < top; shift += 9)
        {
            if (Tlb.TryFindTable(pointer, address, shift, out EptTable table))
            {
                return table;
            }
        }

        shift = top;
        return new EptTable(pointer & AddressMask, Access.All);
    }

    private EptMapping Finish(
        ulong pointer, ulong address, Access access, List<Hpa> used, ulong entry, int shift, Access rights)
    {
        bool isDirty = true;
        if (MarksUse(pointer))
        {
            isDirty = (entry & Dirty) != 0 || (access & Access.Write) != 0;
            foreach (Hpa slot in used)
            {
                ulong marks = Accessed | (slot == used[^1] && isDirty ? Dirty : 0);
                _cpu.Memory.Set(slot, marks);
            }
        }

        var type = (MemoryType)((entry >> 3) & 7);
        var mapping = new EptMapping(shift, FrameOf(entry, shift), rights, isDirty, type);
        Tlb.Remember(pointer, address, mapping);
        return mapping;
    }

    // SDM 3C 30.3.3.1 EPT Misconfigurations.
    private bool IsMisconfigured(ulong entry, int shift, bool isLeaf)
    {
        SoftCapabilities has = _cpu.Vmx.Capabilities;
        bool writeOnly = (entry & 3) == 2;
        bool executeOnly = (entry & 3) == 0 && !has.ExecuteOnly;
        bool beyond = (entry & AddressMask) >> _cpu.PhysicalAddressBits != 0;
        bool noSuchPage = isLeaf && ((shift == 30 && !has.Pages1G) || (shift == 21 && !has.Pages2M));
        bool badType = isLeaf && ((entry >> 3) & 7) is 2 or 3 or 7;
        ulong reserved = !isLeaf ? 0xF8 : shift == 12 ? 0 : ((1ul << shift) - 1) & AddressMask;
        return writeOnly || executeOnly || beyond || noSuchPage || badType || (entry & reserved) != 0;
    }
}
