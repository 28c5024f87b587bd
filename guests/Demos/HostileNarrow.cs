// The hostile guest without paging, in flat protected mode: the same bytes mean other instructions there. What it tries
// finds its data in 64 KiB of its own, or on the device; stacks and jumps are left alone, because nothing would keep
// them from the guest itself. As code of 16 bits it does the same in real mode.
// SDM 3A 7.11 IDT Descriptors, 22.1.4 Interrupt and Exception Handling.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal sealed class HostileNarrow(GuestCode part) : HostileEngine(part)
{
    private const uint Stubs = 0x1000, SlotEdge = 0x4000;
    private const int PlayStack = 0x8000;

    // In real mode the segment, otherwise a selector; both begin at 0x20000.
    private const ushort RealPlay = 0x2000, Play = 0x18, DevicePage = 0x20;
    private const int Gates = 256;

    private readonly Place _answered = part.NewPlace();
    private readonly Place _done = part.NewPlace();
    private readonly Place _descriptors = part.NewPlace();
    private readonly Place _pointer = part.NewPlace();

    private bool IsReal => GuestCode.Bits == 16;

    public static void Body(GuestCode part) => new HostileNarrow(part).Write();

    private void Write()
    {
        Place next = GuestCode.NewPlace(), over = GuestCode.NewPlace(), count = GuestCode.NewPlace();
        BeginOnce(_done);
        Prepare();
        C.jmp(next);
        GuestCode.Mark(_answered);
        VectorOfStub();
        C.jmp(count);
        GuestCode.Mark(_done);
        C.xor(ebp, ebp);
        GuestCode.Mark(count);
        Settle();
        C.inc(__dword_ptr[(ebp * 4) + Counts]);
        GuestCode.Mark(next);
        C.dec(__dword_ptr[Left]);
        C.js(over);
        PlaceTry();
        FillRegisters();

        GuestCode.Mark(over);
        RepairConsole();
        Summary(IsReal ? "real mode" : "protected mode", Counts);
        GuestCode.PrintLine("and now a triple fault");
        C.push(0);
        C.push(0);
        C.push(0);
        C.lidt(__[esp]);
        C.ud2();
        GuestCode.AtEnd(Tables);
    }

    private void Prepare()
    {
        C.mov(__dword_ptr[Seed], esi);
        C.mov(__dword_ptr[Left], ebp);
        C.mov(esi, Stubs);
        C.mov(edi, IsReal ? 0 : Layout.InterruptTable);
        C.mov(ecx, Gates);
        Place each = GuestCode.Here();
        C.mov(__byte_ptr[esi], 0xE8);
        GuestCode.LoadAddress(eax, _answered);
        C.sub(eax, esi);
        C.sub(eax, IsReal ? 3 : 5);
        C.mov(__dword_ptr[esi + 1], eax);
        C.mov(eax, esi);
        if (!IsReal)
        {
            C.or(eax, Start.Code32 << 16);
            C.mov(__dword_ptr[edi + 4], 0x8E00);
        }

        C.mov(__dword_ptr[edi], eax);
        C.add(edi, IsReal ? 4 : 8);
        C.add(esi, 8);
        C.dec(ecx);
        C.jne(each);
        if (!IsReal)
        {
            C.push((int)Layout.InterruptTable);
            C.push((Gates * 8 - 1) << 16);
            C.lidt(__[esp + 2]);
            GuestCode.LoadAddress(eax, _pointer);
            C.lgdt(__[eax]);
        }

        Settle();
    }

    // EBP: the column of the vector whose stub called.
    private void VectorOfStub()
    {
        Place isShort = GuestCode.NewPlace();
        if (IsReal)
        {
            C.pop(ax);
        }
        else
        {
            C.pop(eax);
        }

        C.movzx(ebp, ax);
        C.sub(ebp, Stubs);
        C.shr(ebp, 3);
        C.inc(ebp);
        C.cmp(ebp, Columns - 1);
        C.jb(isShort);
        C.mov(ebp, Columns - 1);
        GuestCode.Mark(isShort);
    }

    // One of all tries that do no harm, and a jump behind it.
    private void PlaceTry()
    {
        Random();
        C.xor(edx, edx);
        C.mov(ecx, HostileTries.Tame);
        C.div(ecx);
        C.mov(__dword_ptr[Chosen], edx);
        C.shl(edx, 4);
        GuestCode.LoadAddress(esi, Table);
        C.add(esi, edx);
        Random();
        C.and(eax, 15);
        C.mov(edi, SlotEdge);
        C.sub(edi, eax);
        C.mov(__dword_ptr[Slot], edi);
        C.movzx(ecx, __byte_ptr[esi]);
        C.inc(esi);
        C.rep.movsb();
        C.mov(__dword_ptr[edi], 0x9090_9090);
        C.mov(__byte_ptr[edi + 4], 0xE9);
        GuestCode.LoadAddress(eax, _done);
        C.sub(eax, edi);
        C.sub(eax, IsReal ? 7 : 9);
        C.mov(__dword_ptr[edi + 5], eax);
    }

    // And go.
    private void FillRegisters()
    {
        Place notPort = GuestCode.NewPlace(), notMsr = GuestCode.NewPlace();
        foreach (AssemblerRegister32 register in new[] { ebx, esi, edi, edx, ecx })
        {
            Random();
            C.mov(register, eax);
        }

        C.and(ecx, 15);
        foreach (AssemblerRegister32 register in new[] { ebx, esi, edi })
        {
            C.and(register, 0xFFFF);
        }

        IfChosen("ports", notPort);
        ChoosePort();
        GuestCode.Mark(notPort);
        IfChosen("RDMSR", notMsr, 2);
        ChooseMsr();
        GuestCode.Mark(notMsr);
        Launch();
    }

    // With a stack and data segments of its own.
    private void Launch()
    {
        Place notDevice = GuestCode.NewPlace();
        Random();
        C.mov(ebp, eax);
        C.and(ebp, int.MaxValue); // not CR0.PG
        C.mov(ax, IsReal ? RealPlay : Play);
        C.mov(ss, ax);
        C.mov(esp, PlayStack);
        if (IsReal)
        {
            C.push(__word_ptr[Slot]);
        }
        else
        {
            C.push(__dword_ptr[Slot]);
            IfChosen("device memory", notDevice);
            C.mov(eax, DevicePage);
            C.and(ebx, 0x11FF);
            C.and(edi, 0x11FF);
            C.jmp(notDevice);
        }

        GuestCode.Mark(notDevice);
        LoadData();
        C.mov(eax, ebp);
        C.ret();
    }

    // DS and ES become AX; in protected mode, what is no selector is replaced.
    private void LoadData()
    {
        if (!IsReal)
        {
            Place isDevice = GuestCode.NewPlace();
            C.cmp(eax, DevicePage);
            C.je(isDevice);
            C.mov(eax, Play);
            GuestCode.Mark(isDevice);
        }

        C.mov(ds, ax);
        C.mov(es, ax);
    }

    // As it was before the try. An IRET lets NMIs come again.
    private void Settle()
    {
        C.mov(eax, 0x400);
        C.mov(dr7, eax);
        if (IsReal)
        {
            WatchNothing();
        }

        C.mov(eax, IsReal ? 0x10 : 0x11);
        C.mov(cr0, eax);
        C.xor(eax, eax);
        C.mov(cr4, eax);
        C.mov(eax, IsReal ? 0 : Start.Data);
        C.mov(ds, ax);
        C.mov(es, ax);
        C.mov(ss, ax);
        C.mov(esp, Layout.StackTop);
        Place settled = GuestCode.NewPlace();
        GuestCode.LoadAddress(eax, settled);
        if (IsReal)
        {
            C.push((short)2);
            C.push(cs);
            C.push(ax);
            C.iret();
        }
        else
        {
            C.push(2);
            C.push((int)Start.Code32);
            C.push(eax);
            C.iretd();
        }

        GuestCode.Mark(settled);
    }

    // A breakpoint on the interrupt table, which stands at 0, raises #DB while #DB is delivered, without end.
    private void WatchNothing()
    {
        C.mov(eax, 0x7FFF_0000);
        foreach (AssemblerRegisterDR register in new[] { dr0, dr1, dr2, dr3 })
        {
            C.mov(register, eax);
        }
    }

    private void Tables()
    {
        Data(HostileTries.Tame);
        if (IsReal)
        {
            return;
        }

        // Flat, 64 KiB at 0x20000, and the device's page.
        GuestCode.Mark(_descriptors);
        GuestCode.Quadwords(0, Start.Code32Descriptor, Start.DataDescriptor,
            0x0040_9202_0000_FFFF, 0xFE40_92B0_0000_0FFF);
        GuestCode.Mark(_pointer);
        C.dw((5 * 8) - 1);
        GuestCode.AddressOf(_descriptors);
    }
}
