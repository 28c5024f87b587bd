// What the hostile guest in long mode has prepared, and puts right again after every try: descriptors, handlers,
// paging, registers.

using System.Linq;
using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal sealed partial class HostileLong
{
    private const uint Directory = 0x1_0000, DeviceDirectory = 0x1_1000, DeviceTable = 0x1_2000, LowTable = 0x1_3000;
    private const uint Stubs = 0x1_4000, Task = 0x1_5000, SpareGates = 0x1_F000;
    private const uint EdgePointers = 0x1_C000, EdgeDirectory = 0x1_D000, EdgeTable = 0x1_E000;
    private const uint Saved = Seed + 32, Scale = Seed + 64;
    private const int GateBytes = 16, Gates = 32;
    private const int UserCode = 0x23, UserData = 0x2B, TaskSelector = 0x30;

    // Present, writable; for ring 3, too.
    private const int Own = 3, User = 7;

    private readonly Place _descriptors = part.NewPlace();

    // Two megabytes of memory, of which some pages are for ring 3, the device's page, and the edge.
    private void PreparePaging()
    {
        C.mov(__dword_ptr[Seed], esi);
        C.mov(__dword_ptr[Left], ebp);
        C.xor(eax, eax);
        C.mov(edi, LowTable);
        C.mov(ecx, 512);
        Place page = GuestCode.Here();
        C.mov(__qword_ptr[rdi], rax);
        C.or(__byte_ptr[rdi], Own);
        C.add(eax, 0x1000);
        C.add(edi, 8);
        C.dec(ecx);
        C.jne(page);

        // Page 0 would be where a far jump through nothing ends.
        C.mov(__byte_ptr[LowTable], 0);
        for (uint shared = (SlotEdge >> 12) - 1; shared <= UserStack >> 12; shared++)
        {
            C.mov(__byte_ptr[LowTable + (shared * 8)], User);
        }

        SetEntry(Directory, 0, LowTable | User);
        SetEntry(Layout.HugePages, 0, Directory | User);
        SetEntry(Layout.RootTable, 0, Layout.HugePages | User);
        C.xor(eax, eax);
        C.mov(edi, Layout.HugePages + 8);
        C.mov(ecx, 511);
        C.rep.stosq();
        SetEntry(Layout.HugePages, 3, DeviceDirectory | User);
        SetEntry(DeviceDirectory, (Device >> 21) & 511, DeviceTable | User);
        SetEntry(DeviceTable, (Device >> 12) & 511, Device | User);
        SetEntry(Layout.RootTable, 255, EdgePointers | Own);
        SetEntry(EdgePointers, 511, EdgeDirectory | Own);
        SetEntry(EdgeDirectory, 511, EdgeTable | Own);
        SetEntry(EdgeTable, 511, EdgePage | Own);
        C.mov(rax, cr3);
        C.mov(cr3, rax);
    }

    private void SetEntry(uint table, uint index, uint entry)
    {
        C.mov(eax, entry);
        C.mov(__qword_ptr[table + (index * 8)], rax);
    }

    // 256 stubs of one call each. Wherever the stack pointer was, the handlers have a stack: the first of the task's.
    private void PrepareHandlers()
    {
        C.mov(edi, Stubs);
        C.mov(esi, Layout.InterruptTable);
        C.mov(ecx, 256);
        GuestCode.LoadAddress(ebx, _answered);
        Place each = GuestCode.Here();
        C.mov(__qword_ptr[rsi], rdi);
        C.mov(__dword_ptr[rsi + 2], unchecked((int)(0x8E01_0000 | Start.Code64)));
        C.mov(__dword_ptr[rsi + 6], 1);
        C.mov(__byte_ptr[rdi], 0xE8);
        C.mov(eax, ebx);
        C.sub(eax, edi);
        C.sub(eax, 5);
        C.mov(__dword_ptr[rdi + 1], eax);
        C.add(edi, 8);
        C.add(esi, GateBytes);
        C.dec(ecx);
        C.jne(each);
        C.mov(__byte_ptr[Layout.InterruptTable + (DoneVector * GateBytes) + 5], 0xEE);
        CopyGates(SpareGates, Layout.InterruptTable);
    }

    private void PrepareDescriptors()
    {
        C.mov(__dword_ptr[Task + 0x24], (int)Layout.StackTop);
        GuestCode.LoadAddress(eax, _descriptors);
        C.mov(__qword_ptr[Saved + 2], rax);
        C.mov(__word_ptr[Saved], TaskSelector + 15);
        C.mov(__word_ptr[Saved + 16], 0xFFF);
        C.mov(__qword_ptr[Saved + 18], (int)Layout.InterruptTable);
        C.mov(rax, cr4);
        C.mov(__qword_ptr[Scale], rax);
        C.mov(rax, cr0);
        C.mov(__qword_ptr[Scale + 8], rax);
        Settle();
        C.mov(eax, TaskSelector);
        C.ltr(ax);
    }

    private void CopyGates(uint to, uint from)
    {
        C.mov(esi, from);
        C.mov(edi, to);
        C.mov(ecx, Gates * GateBytes / 8);
        C.rep.movsq();
    }

    // As it was before the try. An IRET lets NMIs come again.
    private void Settle()
    {
        C.mov(eax, 0x400);
        C.mov(dr7, rax);
        C.mov(esp, Layout.StackTop);
        C.push(2);
        C.popfq();
        C.mov(rax, __qword_ptr[Scale]);
        C.mov(cr4, rax);
        C.mov(rax, __qword_ptr[Scale + 8]);
        C.mov(cr0, rax);
        C.mov(eax, Layout.RootTable);
        C.mov(cr3, rax);
        C.lgdt(__[Saved]);
        C.lidt(__[Saved + 16]);
        C.mov(eax, Start.Data);
        C.mov(ds, ax);
        C.mov(es, ax);
        C.mov(ss, ax);
        CopyGates(Layout.InterruptTable, SpareGates);
        Place settled = GuestCode.NewPlace();
        C.push((int)Start.Data);
        C.push((int)Layout.StackTop);
        C.pushfq();
        C.push((int)Start.Code64);
        GuestCode.LoadAddress(eax, settled);
        C.push(rax);
        C.iretq();
        GuestCode.Mark(settled);
    }

    private void Tables()
    {
        Data(HostileTries.All);
        GuestCode.Mark(_ranges);
        int first = 0;
        foreach (byte[][] codes in HostileTries.Kinds.Select(kind => kind.Codes))
        {
            bool ownTries = codes.Length != 0;
            C.db((byte)(ownTries ? first : 0), (byte)(ownTries ? codes.Length : HostileTries.All));
            first += codes.Length;
        }

        GuestCode.Mark(_descriptors);
        GuestCode.Quadwords(0, Start.Code32Descriptor, Start.DataDescriptor, 0x00AF_9A00_0000_FFFF);
        GuestCode.Quadwords(0x00AF_FA00_0000_FFFF, 0x00CF_F200_0000_FFFF, 0x0000_8901_5000_0067, 0);
    }
}
