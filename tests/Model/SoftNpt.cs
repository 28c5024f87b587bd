// Walks the real nested page tables in memory, independently of hv/. AMD APM 2 15.25 Nested Paging: they have the
// format of long mode, every access through them is a user's, and the processor marks use itself. What is remembered
// stands under the ASID, whatever tables it came from, until an entry flushes it.

using System.Collections.Generic;

namespace MinusOne.Tests.Model;

internal sealed class SoftNpt(SoftProcessor cpu)
{
    private const ulong Present = 1, Writable = 2, User = 4, Accessed = 0x20, Dirty = 0x40, Large = 0x80;
    private const ulong ExecuteDisable = 1ul << 63;
    private const ulong AddressMask = 0x000F_FFFF_FFFF_F000;

    private SoftTlb Tlb => cpu.Vmx.Tlb;

    // The TLB knows an ASID by this number.
    public static ulong KeyOf(uint asid) => (ulong)asid << 12;

    // Null: there is a mapping. Otherwise the fault.
    public GuestExit Translate(
        uint asid, Hpa root, ulong address, Access access, bool isFinal, out EptMapping mapping)
    {
        bool writes = (access & Access.Write) != 0;
        if (Tlb.TryFind(KeyOf(asid), address, out mapping)
            && (access & ~mapping.Rights) == 0
            && (mapping.IsDirty || !writes))
        {
            return null;
        }

        Tlb.ForgetViolation(KeyOf(asid), address, (ushort)asid, null);
        var used = new List<Hpa>();
        EptMapping? found = Walk(root, address, used, out bool isReserved);
        bool isAllowed = found is EptMapping page && (access & ~page.Rights) == 0;
        if (!isAllowed)
        {
            bool isPresent = found != null || isReserved;
            return SvmExits.NestedPageFault(address, access, isPresent, isReserved, isFinal);
        }

        Mark(used, writes);
        mapping = found.Value with { IsDirty = found.Value.IsDirty || writes };
        Tlb.Remember(KeyOf(asid), address, mapping);
        return null;
    }

    // Before an entry: what is remembered under the ASID must be what these tables say now.
    public void Verify(uint asid, Hpa root)
    {
        foreach ((ulong address, EptMapping before) in Tlb.MappingsOf(KeyOf(asid)))
        {
            EptMapping? now = Walk(root, address, [], out _);
            if (now != before && now != before with { IsDirty = true })
            {
                string after = now?.ToString() ?? "not mapped";
                throw new SoftCpuException(
                    $"a flush of ASID {asid} forgotten: {address:X} was {before}, is {after}");
            }
        }
    }

    private EptMapping? Walk(Hpa root, ulong address, List<Hpa> used, out bool isReserved)
    {
        var rights = Access.All;
        ulong table = root.Value & AddressMask;
        for (int shift = 39; ; shift -= 9)
        {
            Hpa slot = new(table + (((address >> shift) & 511) * 8));
            ulong entry = cpu.Memory.Read<ulong>(slot);
            used.Add(slot);
            bool isLeaf = shift == 12 || (shift <= 30 && (entry & Large) != 0);
            isReserved = (entry & Present) != 0 && IsReserved(entry, shift, isLeaf);
            if ((entry & Present) == 0 || isReserved)
            {
                return null;
            }

            rights &= RightsOf(entry);
            if (isLeaf)
            {
                ulong frame = entry & AddressMask & ~((1ul << shift) - 1);
                return new EptMapping(shift, frame, rights, (entry & Dirty) != 0, MemoryType.WriteBack);
            }

            table = entry & AddressMask;
        }
    }

    // An entry that is not for users lets nothing through.
    private static Access RightsOf(ulong entry) => (entry & User) == 0 ? Access.None
        : Access.Read | ((entry & Writable) != 0 ? Access.Write : 0)
            | ((entry & ExecuteDisable) == 0 ? Access.Execute : 0);

    // No-execute counts if the host's EFER turns it on.
    private bool IsReserved(ulong entry, int shift, bool isLeaf)
    {
        bool hasNoExecute = (cpu.Svm.HostEfer & (ulong)Efer.ExecuteDisableEnable) != 0;
        ulong low = isLeaf && shift != 12 ? ((1ul << shift) - 1) & AddressMask & ~0x1000ul : 0;
        bool isLargeAbove = shift > 30 && (entry & Large) != 0;
        bool hasNoSuchPage = isLeaf && shift == 30 && !cpu.HasFeature(0x8000_0001, leaf => leaf.Edx, 26);
        return (entry & AddressMask) >> cpu.PhysicalAddressBits != 0 || (entry & low) != 0 || isLargeAbove
            || hasNoSuchPage || ((entry & ExecuteDisable) != 0 && !hasNoExecute);
    }

    private void Mark(List<Hpa> used, bool writes)
    {
        foreach (Hpa slot in used)
        {
            ulong marks = Accessed | (writes && slot == used[^1] ? Dirty : 0);
            cpu.Memory.Write(slot, cpu.Memory.Read<ulong>(slot) | marks);
        }
    }
}
