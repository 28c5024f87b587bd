// The hostile guest in long mode: an instruction is written to a place that may cross a page, registers are filled as
// its kind wants, and it is jumped to, in ring 0 or 3. What comes of it is counted by kind and vector. SDM 3A 7.14
// Exception and Interrupt Handling in 64-bit Mode.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal sealed partial class HostileLong(GuestCode part) : HostileEngine(part)
{
    private const uint Device = 0xFEB0_0000;
    private const int DoneVector = 0x80;
    private const int Playground = 0x1_8000, UserStack = 0x1_AF00;
    private const uint SlotEdge = 0x1_7000, EdgePage = 0x1_B000;

    // The last page below the hole in the linear addresses.
    private const ulong Edge = 0x7FFF_FFFF_F000;

    private readonly Place _answered = part.NewPlace();
    private readonly Place _done = part.NewPlace();
    private readonly Place _ranges = part.NewPlace();

    public static void Body(GuestCode part) => new HostileLong(part).Write();

    private void Write()
    {
        Place next = GuestCode.NewPlace(), over = GuestCode.NewPlace(), count = GuestCode.NewPlace();
        BeginOnce(next);
        PreparePaging();
        PrepareHandlers();
        PrepareDescriptors();
        C.jmp(next);
        GuestCode.Mark(_answered);
        VectorOfStub();
        GuestCode.Mark(count);
        C.mov(ecx, __dword_ptr[Kind]);
        C.imul(ecx, ecx, Columns * 4);
        C.inc(__dword_ptr[rcx + (rax * 4) + (int)Counts]);
        GuestCode.Mark(next);
        Settle();
        C.dec(__dword_ptr[Left]);
        C.js(over);
        ChooseTry();
        PlaceTry();
        FillRegisters();
        Launch();

        GuestCode.Mark(_done);
        C.xor(eax, eax);
        C.jmp(count);
        GuestCode.Mark(over);
        RepairConsole();
        for (int kind = 0; kind < HostileTries.Kinds.Length; kind++)
        {
            Summary(HostileTries.Kinds[kind].Name, Counts + (uint)(kind * Columns * 4));
        }

        GuestCode.PrintLine("and now a triple fault");
        C.push(0);
        C.push(0);
        C.lidt(__[rsp]);
        C.ud2();
        GuestCode.AtEnd(Tables);
    }

    // EAX: the column of the vector whose stub called.
    private void VectorOfStub()
    {
        Place isShort = GuestCode.NewPlace(), isOther = GuestCode.NewPlace();
        C.pop(rax);
        C.sub(eax, (int)Stubs);
        C.shr(eax, 3);
        C.inc(eax);
        C.cmp(eax, Columns - 1);
        C.jb(isShort);
        C.cmp(eax, DoneVector + 1);
        C.mov(eax, Columns - 1);
        C.jne(isOther);
        C.xor(eax, eax);
        GuestCode.Mark(isOther);
        GuestCode.Mark(isShort);
    }

    // A kind, and one of its tries: RSI points to its record.
    private void ChooseTry()
    {
        Random();
        C.xor(edx, edx);
        C.mov(ecx, HostileTries.Kinds.Length);
        C.div(ecx);
        C.mov(__dword_ptr[Kind], edx);
        GuestCode.LoadAddress(ebx, _ranges);
        C.movzx(ecx, __byte_ptr[rbx + (rdx * 2) + 1]);
        C.movzx(ebx, __byte_ptr[rbx + (rdx * 2)]);
        Random();
        C.xor(edx, edx);
        C.div(ecx);
        C.add(edx, ebx);
        C.mov(__dword_ptr[Chosen], edx);
        C.shl(edx, 4);
        GuestCode.LoadAddress(esi, Table);
        C.add(rsi, rdx);
    }

    // R15: where it is going to be executed. Behind it stands the way back: a jump, from ring 3 an interrupt, and at
    // the edge nothing.
    private void PlaceTry()
    {
        Place atEdge = GuestCode.NewPlace(), copied = GuestCode.NewPlace(), fromUser = GuestCode.NewPlace();
        C.movzx(ecx, __byte_ptr[rsi]);
        C.inc(rsi);
        IsKind("canonical edge");
        C.je(atEdge);
        Random();
        C.and(eax, 15);
        C.mov(edi, SlotEdge);
        C.sub(edi, eax);
        C.mov(r15d, edi);
        C.rep.movsb();
        IsKind("ring 3");
        C.je(fromUser);
        C.mov(__dword_ptr[rdi], 0x9090_9090);
        C.mov(__byte_ptr[rdi + 4], 0xE9);
        GuestCode.LoadAddress(eax, _done);
        C.sub(eax, edi);
        C.sub(eax, 9);
        C.mov(__dword_ptr[rdi + 5], eax);
        C.jmp(copied);
        GuestCode.Mark(fromUser);
        C.mov(__word_ptr[rdi], 0xCD | (DoneVector << 8));
        C.jmp(copied);
        GuestCode.Mark(atEdge);
        C.mov(edi, EdgePage + 0x1000);
        C.sub(edi, ecx);
        C.mov(r15, Edge - EdgePage);
        C.add(r15, rdi);
        C.rep.movsb();
        GuestCode.Mark(copied);
    }

    private void FillRegisters()
    {
        foreach (AssemblerRegister64 register in new[] { rbx, rdx, rsi, rdi, rcx })
        {
            // An address of any size, away from the guest itself.
            Random();
            C.mov(register, rax);
            C.shl(register, 32);
            Random();
            C.or(register, rax);
            Random();
            C.mov(ecx, eax);
            C.sar(register, cl);
            C.or(register, 1 << 30);
        }

        ForPorts();
        ForMsrs();
        ForDevice();
        ForBrokenGates();
        Random();
        C.mov(r12, rax);
        C.shl(r12, 32);
        Random();
        C.or(rax, r12);
        ForAskedEvents();
    }

    private void ForPorts()
    {
        Place other = GuestCode.NewPlace();
        IfChosen("ports", other);
        ChoosePort();
        C.and(ecx, 15);
        C.mov(esi, Playground);
        C.mov(edi, Playground + 0x400);
        GuestCode.Mark(other);
    }

    // Half of them any number.
    private void ForMsrs()
    {
        Place other = GuestCode.NewPlace();
        IfChosen("RDMSR", other, 2);
        Random();
        C.test(al, 1);
        C.jne(other);
        ChooseMsr();
        GuestCode.Mark(other);
    }

    private void ForDevice()
    {
        Place other = GuestCode.NewPlace();
        IfChosen("device memory", other);
        C.and(ecx, 7);
        foreach (AssemblerRegister32 register in new[] { ebx, esi, edi })
        {
            C.and(register, 0x1FF);
            C.add(register, unchecked((int)Device));
        }

        GuestCode.Mark(other);
    }

    // One of the first 32 but that of double faults: rubbish in its first eight bytes.
    private void ForBrokenGates()
    {
        Place other = GuestCode.NewPlace();
        IsKind("broken gates");
        C.jne(other);
        Random();
        C.and(eax, 0x1F0);
        C.cmp(eax, 0x80);
        C.je(other);
        C.lea(r12d, __[eax + (int)Layout.InterruptTable]);
        Random();
        C.mov(__dword_ptr[r12], eax);
        Random();
        C.mov(__dword_ptr[r12 + 4], eax);
        GuestCode.Mark(other);
    }

    // A valid event of any type, vector and error code.
    private void ForAskedEvents()
    {
        Place other = GuestCode.NewPlace();
        C.cmp(__dword_ptr[Chosen], HostileTries.FirstOf("asked events"));
        C.jne(other);
        C.and(eax, 0xFFF);
        C.or(eax, 1 << 31);
        C.and(edx, 0xFFFF);
        GuestCode.Mark(other);
    }

    private void Launch()
    {
        Place user = GuestCode.NewPlace();
        IsKind("ring 3");
        C.je(user);
        C.jmp(r15);
        GuestCode.Mark(user);
        C.push(UserData);
        C.push(UserStack);
        C.and(edx, 0x0025_7FD5);
        C.push(rdx);
        C.push(UserCode);
        C.push(r15);
        C.iretq();
    }

    private void IsKind(string name) => C.cmp(__byte_ptr[Kind], HostileTries.KindOf(name));
}
