// Walks the guest's own paging structures, each access to them through EPT. SDM 3A Chapter 5 Paging; SDM 3C 30.3.3.2
// EPT Violations (with accessed and dirty flags on, the walk counts as writing). Protection keys and shadow stacks
// are left out.

using System.Collections.Generic;

namespace MinusOne.Tests.Model;

internal sealed class SoftPaging
{
    private const ulong Present = 1, Writable = 2, User = 4;
    private const ulong Accessed = 0x20, Dirty = 0x40, Large = 0x80, Global = 0x100;
    private const ulong ExecuteDisable = 1ul << 63;
    private const ulong AddressMask = 0x000F_FFFF_FFFF_F000;

    private readonly SoftProcessor _cpu;
    private readonly SoftMmu _mmu;

    public SoftPaging(SoftProcessor cpu, SoftMmu mmu)
    {
        _cpu = cpu;
        _mmu = mmu;
    }

    private PagingMode Mode => _cpu.IsLongMode()
        ? (_cpu.Cr4 & (ulong)Cr4.LinearAddresses57) != 0 ? PagingMode.FiveLevel : PagingMode.FourLevel
        : (_cpu.Cr4 & (ulong)Cr4.PhysicalAddressExtension) != 0 ? PagingMode.Pae : PagingMode.Bits32;

    private bool HasExecuteDisable => (_cpu.Msrs[(uint)Msr.Efer] & (ulong)Efer.ExecuteDisableEnable) != 0;

    // An exit, or a page fault with its error code, or a mapping.
    public GuestExit Walk(ulong linear, Access access, bool isUser, out LinearMapping mapping, out uint? pageFault)
    {
        PagingMode mode = Mode;
        mapping = default;
        var used = new List<(ulong Address, ulong Entry)>();
        bool writable = true, user = true, executable = true;
        GuestExit exit = GetRoot(mode, linear, out ulong? root);
        pageFault = exit != null || root != null ? null : ErrorCode(0, access, isUser);
        if (root is not ulong table)
        {
            return exit;
        }

        foreach (int shift in mode.Shifts)
        {
            ulong address = table + (mode.Index(linear, shift) * (ulong)mode.EntryBytes);
            exit = ReadEntry(mode, address, linear, out ulong entry);
            pageFault = exit != null ? null
                : (entry & Present) == 0 ? ErrorCode(0, access, isUser)
                : IsReserved(entry, mode, shift) ? ErrorCode(0x9, access, isUser)
                : null;
            if (exit != null || pageFault != null)
            {
                return exit;
            }

            used.Add((address, entry));
            writable &= (entry & Writable) != 0;
            user &= (entry & User) != 0;
            executable &= !HasExecuteDisable || (entry & ExecuteDisable) == 0;
            if (IsLeaf(entry, shift))
            {
                mapping = new LinearMapping(
                    shift, 0, Frame(entry, shift), user, writable, executable, IsGlobal(entry), false, Access.None);
                break;
            }

            table = entry & AddressMask;
        }

        pageFault = _mmu.IsAllowed(writable, user, executable, access, isUser) ? null : ErrorCode(1, access, isUser);
        return pageFault != null ? null : Finish(mode, linear, access, used, ref mapping);
    }

    // With PAE paging the root is one of four registers, which stand in the VMCS; SVM reads them from memory. Null: not
    // present. SDM 3A 5.4.1 PDPTE Registers, AMD APM 2 15.25.10 Legacy PAE Mode.
    private GuestExit GetRoot(PagingMode mode, ulong linear, out ulong? table)
    {
        table = _cpu.Cr3 & (mode == PagingMode.Bits32 ? 0xFFFF_F000 : AddressMask);
        if (mode != PagingMode.Pae)
        {
            return null;
        }

        uint number = (uint)linear >> 30;
        GuestExit exit = null;
        ulong entry;
        if (_cpu.Svm.IsRunning)
        {
            exit = ReadEntry(mode, (_cpu.Cr3 & 0xFFFF_FFE0) + (8 * number), linear, out entry);
        }
        else
        {
            entry = _cpu.Vmx.Current[Vmcs64.GuestPdpte0 + (2 * number)];
        }

        table = exit == null && (entry & Present) != 0 ? entry & AddressMask : null;
        return exit;
    }

    private GuestExit ReadEntry(PagingMode mode, ulong address, ulong linear, out ulong entry)
    {
        Access access = _mmu.MarksUse ? Access.Read | Access.Write : Access.Read;
        GuestExit exit = _mmu.Translate(address, access, linear, 0, false, out EptMapping mapping);
        Hpa slot = new(mapping.Translate(address));
        entry = exit != null ? 0
            : mode.EntryBytes == 4 ? _cpu.Memory.Read<uint>(slot)
            : _cpu.Memory.Read<ulong>(slot);
        return exit;
    }

    // Accessed and dirty flags, then the page itself.
    private GuestExit Finish(
        PagingMode mode,
        ulong linear,
        Access access,
        List<(ulong Address, ulong Entry)> used,
        ref LinearMapping mapping)
    {
        bool writes = (access & Access.Write) != 0;
        foreach ((ulong address, ulong entry) in used)
        {
            bool isLeaf = address == used[^1].Address;
            ulong marked = entry | Accessed | (isLeaf && writes ? Dirty : 0);
            if (marked == entry)
            {
                continue;
            }

            if (_mmu.Translate(address, Access.Write, linear, 0, false, out EptMapping slot) is GuestExit exit)
            {
                return exit;
            }

            Store(mode, new Hpa(slot.Translate(address)), marked);
        }

        return FinishPage(linear, access, (used[^1].Entry & Dirty) != 0 || writes, ref mapping);
    }

    private GuestExit FinishPage(ulong linear, Access access, bool isDirty, ref LinearMapping mapping)
    {
        ulong address = mapping.GuestPhysical(linear);
        ulong rights = (mapping.IsUser ? 1ul << 9 : 0) | (mapping.IsWritable ? 1ul << 10 : 0)
            | (mapping.IsExecutable ? 0 : 1ul << 11);
        GuestExit exit = _mmu.Translate(address, access, linear, rights, true, out EptMapping page);
        if (exit != null)
        {
            return exit;
        }

        int shift = System.Math.Min(mapping.Shift, page.Shift);
        ulong inside = (1ul << shift) - 1;
        mapping = mapping with
        {
            Shift = shift,
            Frame = page.Translate(address) & ~inside,
            GuestFrame = address & ~inside,
            IsDirty = isDirty && page.IsDirty,
            Ept = page.Rights,
        };
        return null;
    }

    private void Store(PagingMode mode, Hpa slot, ulong entry)
    {
        if (mode.EntryBytes == 4)
        {
            _cpu.Memory.Write(slot, (uint)entry);
        }
        else
        {
            _cpu.Memory.Write(slot, entry);
        }
    }

    private bool IsLeaf(ulong entry, int shift) => shift == 12 || ((entry & Large) != 0
        && (shift is 21 or 30 || (shift == 22 && (_cpu.Cr4 & (ulong)Cr4.PageSizeExtensions) != 0)));

    private bool IsGlobal(ulong entry) => (entry & Global) != 0 && (_cpu.Cr4 & (ulong)Cr4.PageGlobalEnable) != 0;

    private bool IsReserved(ulong entry, PagingMode mode, int shift)
    {
        if (mode.EntryBytes == 4)
        {
            return IsLeaf(entry, shift) && shift == 22 && (entry & 0x3F_E000) != 0;
        }

        bool beyond = (entry & AddressMask) >> _cpu.PhysicalAddressBits != 0;
        bool disabled = (entry & ExecuteDisable) != 0 && !HasExecuteDisable;
        bool isLarge = shift != 12 && (entry & Large) != 0;
        bool noLarge = isLarge && shift > 30;
        bool unaligned = isLarge && shift <= 30 && (entry & ((1ul << shift) - 1) & 0xFFFF_FFFF_FFFF_E000) != 0;
        return beyond || disabled || noLarge || unaligned;
    }

    private uint ErrorCode(uint present, Access access, bool isUser)
    {
        bool reportsFetch = HasExecuteDisable || (_cpu.Cr4 & (ulong)Cr4.SupervisorExecutionPrevention) != 0;
        return present | ((access & Access.Write) != 0 ? 2u : 0) | (isUser ? 4u : 0)
            | ((access & Access.Execute) != 0 && reportsFetch ? 0x10u : 0);
    }

    private static ulong Frame(ulong entry, int shift) => entry & AddressMask & ~((1ul << shift) - 1);
}
