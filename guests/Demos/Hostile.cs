// A guest that means harm: privileged and VMX instructions, ports, MSRs, control and debug registers, wild addresses,
// selectors of nothing, instructions on device memory that were written a moment before and may cross a page, and
// events, at random from a seed. It counts what answered and destroys itself. SDM 3C 28.1 Instructions That Cause VM
// Exits.

using Iced.Intel;
using MinusOne.Guests.Kit;
using MinusOne.Hv.Guests;
using MinusOne.Hv.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static partial class Hostile
{
    private const uint Device = 0xFEB0_0000;
    private const uint Seed = Layout.Notes, Left = Seed + 8, Kind = Seed + 16, Saved = Seed + 32, Scale = Seed + 64;
    private const uint Counts = Layout.Scratch;
    private const int Vectors = 33;
    private const uint Directory = 0x1_0000, DeviceDirectory = 0x1_1000, DeviceTable = 0x1_2000, Stubs = 0x1_4000;
    private const uint SlotEdge = 0x1_7000, Playground = 0x1_8000;
    private const int RecordBytes = 16;

    public static Guest Guest { get; } = new(
        "hostile", "", "whatever a guest may think of, at random; at its end a triple fault",
        new GuestScene(Start.Long(Body))
        {
            MemoryBytes = 0x20_0000,
            Flags = SceneFlags.SeedInRegisters | SceneFlags.ScratchDevice | SceneFlags.ResumeAfterHalt,
            End = GuestEnd.TripleFault,
            Exits = [Exit.Times(ExitReason.TripleFault, 1)],
        });

    private static void Body(Part part)
    {
        Assembler c = part.Code;
        Place random = part.NewPlace(), next = part.NewPlace(), over = part.NewPlace(), answered = part.NewPlace();
        Place done = part.NewPlace(), count = part.NewPlace();
        Place table = part.NewPlace(), ranges = part.NewPlace(), msrs = part.NewPlace();
        Prepare(part, answered);

        c.jmp(next);

        part.Mark(done);
        c.xor(eax, eax);
        c.jmp(count);
        part.Mark(next);
        Settle(c);
        c.dec(__dword_ptr[Left]);
        c.js(over);
        Choose(part, random, table, ranges);
        CopyToEdge(part, random, done);
        Registers(part, random, msrs);
        c.jmp(r15);

        part.Mark(answered);
        CountAnswer(part, count);
        c.jmp(next);

        part.Mark(over);
        Summary(part);
        part.PrintLine("and now a triple fault");
        c.push(0);
        c.push(0);
        c.lidt(__[rsp]);
        c.ud2();
        part.AtEnd(() => Data(part, random, table, ranges, msrs));
    }

    // RSI: one of the tries of a kind, both by chance.
    private static void Choose(Part part, Place random, Place table, Place ranges)
    {
        Assembler c = part.Code;
        c.call(random);
        c.xor(edx, edx);
        c.mov(ecx, HostileTries.Kinds.Length);
        c.div(ecx);
        c.mov(__dword_ptr[Kind], edx);
        part.LoadAddress(ebx, ranges);
        c.movzx(ecx, __byte_ptr[rbx + (rdx * 2) + 1]);
        c.movzx(ebx, __byte_ptr[rbx + (rdx * 2)]);
        c.call(random);
        c.xor(edx, edx);
        c.div(ecx);
        c.add(edx, ebx);
        c.shl(edx, 4);
        part.LoadAddress(esi, table);
        c.add(rsi, rdx);
    }

    // Copies it to a place by chance close to the end of its slot, a jump to `done` behind it. R15: where.
    private static void CopyToEdge(Part part, Place random, Place done)
    {
        Assembler c = part.Code;
        c.call(random);
        c.and(eax, 15);
        c.mov(edi, SlotEdge);
        c.sub(edi, eax);
        c.mov(r15d, edi);
        c.movzx(ecx, __byte_ptr[rsi]);
        c.inc(rsi);
        c.rep.movsb();
        c.mov(__dword_ptr[rdi], 0x9090_9090);
        c.mov(__byte_ptr[rdi + 4], 0xE9);
        part.LoadAddress(eax, done);
        c.sub(eax, edi);
        c.sub(eax, 9);
        c.mov(__dword_ptr[rdi + 5], eax);
    }

    // By the handler that was called, and at `count` by EAX.
    private static void CountAnswer(Part part, Place count)
    {
        Assembler c = part.Code;
        c.pop(rax);
        c.sub(eax, (int)Stubs);
        c.shr(eax, 3);
        c.inc(eax);
        c.cmp(eax, Vectors);
        Place small = part.NewPlace();
        c.jb(small);
        c.mov(eax, Vectors);
        part.Mark(small);
        part.Mark(count);
        c.mov(ecx, __dword_ptr[Kind]);
        c.imul(ecx, ecx, (Vectors + 1) * 4);
        c.inc(__dword_ptr[rcx + (rax * 4) + (int)Counts]);
    }

    // Paging that maps two megabytes of memory and one page of a device, and 256 handlers.
    private static void Prepare(Part part, Place answered)
    {
        Assembler c = part.Code;
        c.mov(__dword_ptr[Seed], esi);
        c.mov(__dword_ptr[Left], ebp);
        c.xor(eax, eax);
        c.mov(edi, Layout.HugePages);
        c.mov(ecx, 512);
        c.mov(r8d, Layout.HugePages);
        c.mov(__qword_ptr[Directory], 0x83);
        c.mov(__qword_ptr[DeviceDirectory + (((Device >> 21) & 511) * 8)], (int)DeviceTable | 3);
        c.mov(ebx, Device | 3);
        c.mov(__qword_ptr[DeviceTable + (((Device >> 12) & 511) * 8)], rbx);
        c.rep.stosq();
        c.mov(__qword_ptr[r8], (int)Directory | 3);
        c.mov(__qword_ptr[r8 + 24], (int)DeviceDirectory | 3);
        c.mov(rax, cr3);
        c.mov(cr3, rax);
        Handlers(part, answered);
    }

    private static void Handlers(Part part, Place answered)
    {
        Assembler c = part.Code;
        c.mov(edi, Stubs);
        c.mov(esi, Layout.InterruptTable);
        c.mov(ecx, 256);
        part.LoadAddress(ebx, answered);
        Place each = part.Here();
        c.mov(__qword_ptr[rsi], rdi);
        c.mov(__dword_ptr[rsi + 2], unchecked((int)(0x8E00_0000 | Start.Code64)));
        c.mov(__dword_ptr[rsi + 6], 1);
        c.mov(__byte_ptr[rdi], 0xE8);
        c.mov(eax, ebx);
        c.sub(eax, edi);
        c.sub(eax, 5);
        c.mov(__dword_ptr[rdi + 1], eax);
        c.add(edi, 8);
        c.add(esi, 16);
        c.dec(ecx);
        c.jne(each);
        c.sgdt(__[Saved]);
        c.mov(__word_ptr[Saved + 16], 0xFFF);
        c.mov(__qword_ptr[Saved + 18], (int)Layout.InterruptTable);
        c.lidt(__[Saved + 16]);
        c.mov(rax, cr4);
        c.mov(__qword_ptr[Scale], rax);
        c.mov(rax, cr0);
        c.mov(__qword_ptr[Scale + 8], rax);
    }

    // As it was before the try.
    private static void Settle(Assembler c)
    {
        c.mov(esp, Layout.StackTop);
        c.push(2);
        c.popfq();
        c.mov(eax, 0x400);
        c.mov(dr7, rax);
        c.lgdt(__[Saved]);
        c.lidt(__[Saved + 16]);
        c.mov(eax, Start.Data);
        c.mov(ds, ax);
        c.mov(es, ax);
        c.mov(ss, ax);
        c.mov(rax, __qword_ptr[Scale]);
        c.mov(cr4, rax);
        c.mov(rax, __qword_ptr[Scale + 8]);
        c.mov(cr0, rax);
        c.mov(eax, Layout.RootTable);
        c.mov(cr3, rax);
    }
}
