// A5: RFLAGS.IF of the guest, which the hypervisor sets at the start (VMCS field 6820) and the guest changes without
// an exit. An interrupt that is pending for the guest waits as long as IF is 0; when the guest sets it, the interrupt
// window opens one instruction later (STI) and the interrupt is injected. SDM 3C 27.2 Other Causes of VM Exits, 27.4.1
// Event Blocking.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class GuestInterrupts
{
    private const byte Vector = 0x21;
    private const uint VectorEntry = 4 * Vector;
    private const uint Arrived = Layout.Scratch;
    private const uint ReturnAddress = Layout.Scratch + 2;

    public static Guest Guest { get; } = new(
        "guest-interrupts", "A5", "IF is the guest's own, and a pending interrupt waits for its window",
        new GuestConfig(Start.Real(NeverOn))
        {
            Title = "started with IF clear, vector 0x21 pending: it must not arrive",
            PendingVector = Vector,
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Never(ExitReason.InterruptWindow)],
        },
        new GuestConfig(Start.Real(TurnOn))
        {
            Title = "the same, but the guest executes STI: the window opens, exit 7, the vector is injected",
            PendingVector = Vector,
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.InterruptWindow, 1).OnVtx()],
        },
        new GuestConfig(Start.Real(StartedOn))
        {
            Title = "started with IF set, nothing pending: the guest turns it off and on without an exit",
            Rflags = Rflags.InterruptEnable,
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Never(ExitReason.InterruptWindow)],
        });

    private static void NeverOn(GuestCode part)
    {
        Assembler c = part.Code;
        InstallHandler(part);
        PrintFlag(part);
        c.mov(ecx, 10_000);
        Place wait = part.Here();
        c.dec(ecx);
        c.jne(wait);
        c.cmp(__word_ptr[Arrived], 0);
        part.Expect(c.je, "it has come although IF is clear");
        part.PrintLine("ten thousand rounds later it has not come");
        part.PowerOff();
    }

    private static void TurnOn(GuestCode part)
    {
        Assembler c = part.Code;
        InstallHandler(part);
        PrintFlag(part);
        c.sti();
        c.nop(); // still in the shadow of STI
        Place window = part.Here();
        c.nop();
        c.cli();
        c.cmp(__word_ptr[Arrived], 1);
        part.Expect(c.je, "it has not come once");
        part.LoadAddress(eax, window);
        c.cmp(__word_ptr[ReturnAddress], ax);
        part.Expect(c.je, "it has not come right behind the instruction that follows STI");
        part.PrintLine("it has come once, one instruction behind STI");
        part.PowerOff();
    }

    private static void StartedOn(GuestCode part)
    {
        Assembler c = part.Code;
        PrintFlag(part);
        c.cli();
        PrintFlag(part);
        c.sti();
        PrintFlag(part);
        part.PowerOff();
    }

    private static void PrintFlag(GuestCode part)
    {
        Assembler c = part.Code;
        Place off = part.NewPlace();
        Place done = part.NewPlace();
        c.pushf();
        c.pop(ax);
        c.test(ah, (int)Rflags.InterruptEnable >> 8);
        c.je(off);
        part.PrintLine("IF=1");
        c.jmp(done);
        part.Mark(off);
        part.PrintLine("IF=0");
        part.Mark(done);
    }

    // Real mode: four bytes at 4 times the vector say where to go.
    private static void InstallHandler(GuestCode part)
    {
        Assembler c = part.Code;
        Place handler = part.NewPlace();
        part.LoadAddress(eax, handler);
        c.mov(__dword_ptr[VectorEntry], eax);
        c.mov(__dword_ptr[Arrived], 0);
        part.AtEnd(() =>
        {
            part.Mark(handler);
            c.push(eax);
            c.mov(ax, __word_ptr[esp + 4]);
            c.mov(__word_ptr[ReturnAddress], ax);
            c.inc(__word_ptr[Arrived]);
            c.pop(eax);
            c.iret();
        });
    }
}
