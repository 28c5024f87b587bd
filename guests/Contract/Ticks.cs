// The tick of NimbOS: vector F0 of the local APIC's timer. What expires while interrupts are off is one interrupt
// afterwards; then a one-shot that the handler sets again, 100 times a second and 1000 times, on a processor that spins
// without any other exit. Late is what takes a tenth longer; where an exit takes tens of microseconds, because the
// machine is itself emulated, a tick may be the time of a hundred exits late besides, and it is tried again.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Contract;

internal sealed class Ticks
{
    // How often the handler has run; what it sets the timer to, if not 0; and the code it interrupted.
    public const uint Count = Map.Notes;
    public const uint Interrupted = Map.Notes + 16;
    private const uint Reload = Map.Notes + 8;
    private const uint Grace = Map.Notes + 24;

    // In ticks of the HPET: an exit of 10 microseconds is a slow one.
    private const uint Exits = 16;
    private const int Tries = 8;
    private const uint GraceExits = 100;
    private const uint SlowExit = Clocks.HpetHertz / 100_000;

    // NimbOS's first count, before it knows better.
    private const uint Early = 10_000_000;
    private const uint Expiries = 3;

    private readonly GuestCode _part;

    public Ticks(GuestCode part)
    {
        _part = part;
        Place handler = part.NewPlace();
        Gates.Set(part, Processor.TimerVector, handler);
        part.AtEnd(() => Handle(handler));
    }

    public void Check()
    {
        Assembler c = _part.Code;
        Coalesced();
        MeasureExit();
        Processor.Write(_part, Processor.Timer, Processor.TimerVector);
        Run("100 Hz", 10, Clocks.HpetHertz / 100);
        Run("1000 Hz", 20, Clocks.HpetHertz / 1000);
        c.cli();
    }

    // The one-shot goes on by itself, or (0) stands when it has expired.
    public static void SetReload(Assembler c, uint count) => c.mov(__dword_ptr[Reload], count);

    // A machine that is itself emulated may stand still as the timer is set, or until the next expiry: then it is
    // tried again.
    private void Coalesced()
    {
        Assembler c = _part.Code;
        SetReload(c, 0);
        Processor.Write(_part, Processor.Timer, Processor.Periodic | Processor.TimerVector);
        Place again = _part.Here();
        c.mov(__qword_ptr[Count], 0);
        Hpet.ReadCounter(c);
        c.mov(rsi, rax);
        Processor.Write(_part, Processor.InitialCount, Early);
        Hpet.ReadCounter(c);
        c.lea(rbx, __[rax + (int)((Expiries * Early) + (Early / 2))]);
        c.sub(rax, rsi);
        c.cmp(rax, (int)(Early / 4));
        c.jae(again);
        Place wait = _part.Here();
        Hpet.ReadCounter(c);
        c.cmp(rax, rbx);
        c.jb(wait);
        c.sti();
        c.nop();
        c.nop();
        c.cli();
        Hpet.ReadCounter(c);
        c.sub(rax, (int)(Early / 4));
        c.cmp(rax, rbx);
        c.jae(again);
        c.cmp(__qword_ptr[Count], 1);
        _part.Expect(c.jae, "expiries with interrupts off are no interrupt afterwards");
        _part.Expect(c.je, "three expiries with interrupts off are more than one interrupt");
        _part.PrintLine("pending    three expiries with interrupts off: one interrupt");
    }

    // The timer stands, and nothing that it did before is still to come.
    private void Quiet()
    {
        Assembler c = _part.Code;
        SetReload(c, 0);
        Processor.Write(_part, Processor.InitialCount, 0);
        c.sti();
        c.nop();
        c.nop();
        c.cli();
    }

    private void MeasureExit()
    {
        Assembler c = _part.Code;
        Place fast = _part.NewPlace();
        c.mov(__qword_ptr[Grace], 0);
        Hpet.ReadCounter(c);
        c.mov(rbx, rax);
        c.mov(edi, Exits);
        Place next = _part.Here();
        Processor.Read(_part, Processor.CurrentCount);
        c.dec(edi);
        c.jne(next);
        Hpet.ReadCounter(c);
        c.sub(rax, rbx);
        c.cmp(rax, (int)(Exits * SlowExit));
        c.jb(fast);
        c.imul(rax, rax, (int)(GraceExits / Exits));
        c.mov(__qword_ptr[Grace], rax);
        _part.Mark(fast);
    }

    private void Run(string rate, int ticks, uint count)
    {
        Assembler c = _part.Code;
        Place again = _part.NewPlace();
        Place inTime = _part.NewPlace();
        c.mov(r10d, Tries);
        _part.Mark(again);
        Quiet();
        SetReload(c, count);
        c.mov(__qword_ptr[Count], 0);
        Hpet.ReadCounter(c);
        c.mov(rbx, rax);
        Processor.Write(_part, Processor.InitialCount, count);
        c.sti();
        Place wait = _part.Here();
        c.cmp(__qword_ptr[Count], ticks);
        c.jb(wait);
        c.cli();
        Processor.Write(_part, Processor.InitialCount, 0);
        Hpet.ReadCounter(c);
        c.sub(rax, rbx);
        c.cmp(rax, ticks * (int)count);
        _part.Expect(c.jae, $"{ticks} ticks have come too soon");
        c.imul(rbx, __qword_ptr[Grace], ticks);
        c.add(rbx, ticks * (int)(count + (count / 10)));
        c.cmp(rax, rbx);
        c.jb(inTime);
        c.dec(r10d);
        c.jne(again);
        _part.Expect(c.jne, $"{ticks} ticks have come too late");
        _part.Mark(inTime);
        _part.PrintLine($"tick       vector F0, one-shot, {rate}: {ticks} ticks, none early, none late");
    }

    // Stack, from RSP up: RDX, RCX, RAX, RIP, CS.
    private void Handle(Place handler)
    {
        Assembler c = _part.Code;
        _part.Mark(handler);
        c.push(rax);
        c.push(rcx);
        c.push(rdx);
        c.inc(__qword_ptr[Count]);
        c.mov(rax, __qword_ptr[rsp + 32]);
        c.mov(__qword_ptr[Interrupted], rax);
        Processor.Write(_part, Processor.EndOfInterrupt, 0);
        Place leave = _part.NewPlace();
        c.mov(eax, __dword_ptr[Reload]);
        c.test(eax, eax);
        c.je(leave);
        c.mov(ecx, Processor.InitialCount);
        c.wrmsr();
        _part.Mark(leave);
        c.pop(rdx);
        c.pop(rcx);
        c.pop(rax);
        c.iretq();
    }
}
