// SYSCALL, SYSRET and SWAPGS, with a program at privilege 3 that the tick interrupts while it spins. The stack that the
// interrupt goes to is a page that nobody has touched, each time another: the EPT violation comes in the middle of the
// delivery, and the interrupt must not get lost.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Contract;

internal static class UserMode
{
    private const int Rounds = 8;
    private const uint Mask = 0x4_7700;
    private const uint KernelMark = 0x4B;
    private const uint UserMark = 0x55;
    private const uint Tick = Clocks.HpetHertz / 1000;

    // RSP0 of the task-state segment.
    private const uint Stack = Map.TaskState + 4;

    public static void Check(GuestCode part, Faults faults, Ticks ticks)
    {
        Assembler c = part.Code;
        Place call = part.NewPlace();
        Place program = part.NewPlace();
        Place round = part.NewPlace();
        Prepare(part, call);
        c.mov(ax, LongMode.Task);
        c.ltr(ax);
        c.mov(__dword_ptr[Map.KernelData], KernelMark);
        c.mov(__dword_ptr[Map.UserData], UserMark);
        Ticks.SetReload(c, 0);
        c.xor(r12d, r12d);

        part.Mark(round);
        c.imul(eax, r12d, (int)Map.UntouchedStep);
        c.add(eax, Map.Untouched + Map.UntouchedStep);
        c.mov(__qword_ptr[Stack], rax);
        c.mov(__qword_ptr[Ticks.Count], 0);
        Processor.Write(part, Processor.InitialCount, Tick);
        c.swapgs();
        part.LoadAddress(ecx, program);
        c.mov(r11d, (uint)(Rflags.AlwaysSet | Rflags.InterruptEnable));
        c.sysretq();

        Program(part, program);
        Called(part, call);
        c.inc(r12d);
        c.cmp(r12d, Rounds);
        c.jne(round);
        part.PrintLine("SYSCALL    STAR, LSTAR, SFMASK, both GS bases, SWAPGS, SYSRET to a program and back");
        part.PrintLine($"delivery   {Rounds} ticks from privilege 3 to stacks on untouched pages: none lost");
    }

    private static void Prepare(GuestCode part, Place call)
    {
        Assembler c = part.Code;
        Processor.WriteAndReadBack(
            part, (uint)Msr.Star, ((ulong)LongMode.UserCode32 << 48) | ((ulong)Start.Code64 << 32));
        Processor.WriteAndReadBack(part, (uint)Msr.Fmask, Mask);
        Processor.WriteAndReadBack(part, (uint)Msr.GsBase, Map.KernelData);
        Processor.WriteAndReadBack(part, (uint)Msr.KernelGsBase, Map.UserData);
        part.LoadAddress(eax, call);
        c.xor(edx, edx);
        c.mov(ecx, (uint)Msr.Lstar);
        c.mov(ebx, eax);
        c.wrmsr();
        Processor.Read(part, (uint)Msr.Lstar);
        c.cmp(rax, rbx);
        part.Expect(c.je, "LSTAR does not read back");
    }

    // At privilege 3: what GS shows goes along as an argument, after a tick.
    private static void Program(GuestCode part, Place program)
    {
        Assembler c = part.Code;
        part.Mark(program);
        Place wait = part.Here();
        c.cmp(__qword_ptr[Ticks.Count], 0);
        c.je(wait);
        c.mov(eax, __dword_ptr.gs[0]);
        c.mov(edx, cs);
        c.syscall();
    }

    private static void Called(GuestCode part, Place call)
    {
        Assembler c = part.Code;
        part.Mark(call);
        c.swapgs();
        c.cmp(eax, (int)UserMark);
        part.Expect(c.je, "a program sees a wrong GS base");
        c.cmp(__dword_ptr.gs[0], (int)KernelMark);
        part.Expect(c.je, "SWAPGS has not brought the kernel's GS base");
        c.cmp(edx, LongMode.UserCode);
        part.Expect(c.je, "SYSRET has not gone to the program's code segment");
        c.mov(edx, cs);
        c.cmp(edx, Start.Code64);
        part.Expect(c.je, "SYSCALL has not come to the kernel's code segment");
        c.pushfq();
        c.pop(rax);
        c.test(eax, (int)Mask);
        part.Expect(c.je, "SFMASK has no effect");
        c.test(r11d, (int)Rflags.InterruptEnable);
        part.Expect(c.jne, "R11 is not RFLAGS");
        c.cmp(__qword_ptr[Ticks.Interrupted], LongMode.UserCode);
        part.Expect(c.je, "the tick has not interrupted the program");
    }
}
