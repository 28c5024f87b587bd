// The timer of a local APIC in its three modes and with all its divisors, against the HPET. Times are coarse, so that
// both modes note the same whatever an access costs.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal sealed class ApicTimerRows(GuestCode part, TwoColumns table, ApicCode apic, HpetCode hpet)
{
    private const byte Vector = 0x50;
    private const uint Masked = 0x1_0000, Periodic = 0x2_0000, Deadline = 0x4_0000, DivideBy1 = 0xB;

    // 200 microseconds.
    private const uint Period = 20_000;

    private const uint Count = Layout.Scratch + 0x20, Stamp = Layout.Scratch + 0x28, Wanted = Layout.Scratch + 0x30;

    public (byte Vector, Place Handler) Handler { get; } = (Vector, part.NewPlace());

    private Assembler Code => part.Code;

    public void OneShot()
    {
        apic.Write(ApicRegister.Divide, DivideBy1);
        Note("divide", ApicRegister.Divide);
        Run(Vector, Period, 5 * Period);
        NoteCount("one-shot: interrupts in five times its count");
        Note("  initial count", ApicRegister.InitialCount);
        Note("  current count", ApicRegister.CurrentCount);
        Run(Masked | Vector, Period, 5 * Period);
        NoteCount("masked: interrupts");
        Run(Vector, 0, Period);
        NoteCount("initial count 0: interrupts");
    }

    public void PeriodicMode()
    {
        Run(Periodic | Vector, Period, (10 * Period) + (Period / 2));
        NoteCount("periodic: interrupts in ten periods and a half");
        apic.Write(ApicRegister.InitialCount, 0);
        Code.sti();
        hpet.Wait(3 * Period);
        Code.cli();
        NoteCount("  and when it is stopped");
    }

    // Ten periods by the processor's own clock.
    public void TscDeadline()
    {
        apic.Write(ApicRegister.LvtTimer, Deadline | Vector);
        apic.Write(ApicRegister.InitialCount, Period);
        Note("TSC deadline: initial count ignored", ApicRegister.InitialCount);
        Code.mov(__dword_ptr[Count], 0);
        Code.rdtsc();
        Code.shl(rdx, 32);
        Code.add(rax, rdx);
        Code.add(rax, (int)(10 * Period));
        Code.mov(__qword_ptr[Wanted], rax);
        WriteDeadline();
        Code.sti();
        Place wait = part.Here();
        Code.pause();
        Code.cmp(__dword_ptr[Count], 0);
        Code.je(wait);
        Code.cli();
        NoteCount("  interrupts");
        Code.mov(rax, __qword_ptr[Stamp]);
        Code.sub(rax, __qword_ptr[Wanted]);
        Code.shr(rax, 63);
        table.Note("  too early");
        ReadDeadline();
        table.Note("  IA32_TSC_DEADLINE afterwards");
    }

    // The binary logarithm of each divisor: ticks of the HPET by ticks of the counter, and rounded.
    public void Divisors()
    {
        apic.Write(ApicRegister.LvtTimer, Masked | Vector);
        for (uint value = 0; value < 8; value++)
        {
            apic.Write(ApicRegister.Divide, (value & 3) | ((value & 4) << 1));
            apic.Write(ApicRegister.InitialCount, uint.MaxValue);
            hpet.Read();
            Code.mov(ebx, eax);
            hpet.Wait(10 * Period);
            apic.Read(ApicRegister.CurrentCount);
            Code.not(eax);
            Code.mov(esi, eax);
            hpet.Read();
            Code.sub(eax, ebx);
            Code.lea(eax, __[rax + (rax * 2)]);
            Code.shr(eax, 1);
            Code.xor(edx, edx);
            Code.div(esi);
            Code.bsr(eax, eax);
            table.Note($"divide configuration {(value & 3) | ((value & 4) << 1):X}h: shift");
        }

        apic.Write(ApicRegister.InitialCount, 0);
    }

    public void EmitHandler()
    {
        part.Mark(Handler.Handler);
        apic.EnterHandler();
        Code.inc(__dword_ptr[Count]);
        Code.rdtsc();
        Code.shl(rdx, 32);
        Code.add(rax, rdx);
        Code.mov(__qword_ptr[Stamp], rax);
        apic.ReturnFromHandler();
    }

    private void Run(uint entry, uint count, uint wait)
    {
        Code.mov(__dword_ptr[Count], 0);
        apic.Write(ApicRegister.LvtTimer, entry);
        apic.Write(ApicRegister.InitialCount, count);
        Code.sti();
        hpet.Wait(wait);
        Code.cli();
    }

    // RAX.
    private void WriteDeadline()
    {
        Code.mov(rdx, rax);
        Code.shr(rdx, 32);
        Code.mov(ecx, (uint)Msr.TscDeadline);
        Code.wrmsr();
    }

    private void ReadDeadline()
    {
        Code.mov(ecx, (uint)Msr.TscDeadline);
        Code.rdmsr();
    }

    private void NoteCount(string name)
    {
        Code.mov(eax, __dword_ptr[Count]);
        table.Note(name);
    }

    private void Note(string name, ApicRegister register)
    {
        apic.Read(register);
        table.Note(name);
    }
}
