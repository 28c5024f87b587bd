// Starts every clock of the board, counts the ticks of three of them, and compares them all with the HPET. A handler
// takes the time of its tick by the TSC: half a period after the one before it is doubled, one and a half, and one is
// lost. Clocks without ticks are read at both ends.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal sealed class TimerClocks
{
    // In ticks of the local APIC's timer, a millisecond each.
    private const uint Length = 2000;
    private const uint WarmUp = 5;

    private const uint Hertz = 100_000_000, PitHertz = 1_193_182, PowerHertz = 3_579_545;
    private const uint Period = 100_000, PitPeriod = 1193;
    private const uint MostDrift = 100;

    private const byte PitCommand = 0x43, PitCounter = 0x40;
    private const ushort PowerTimer = 0x608;
    private const uint IoApicPage = 0xFEC0_0000;
    private const int PitInput = 2, HpetInput = 21;

    // Edge-triggered, periodic, 32 bits, its value to be set, routed to its input.
    private const uint HpetTimer = (HpetInput << 9) | 0x14C;

    private const uint PeriodicEntry = 0x2_0000, DivideBy1 = 0xB;

    // What is kept of each source: ticks, those of them that came too late and too early, and the time of the last; the
    // same as it was at the start.
    private const uint Sources = Layout.Scratch, SourceBytes = 0x40;
    private const int Count = 0, Lost = 4, Doubled = 8, Last = 0x10, FirstCount = 0x18, FirstLast = 0x20;

    private const uint Tsc = Layout.Scratch + 0x100, Hpet = Tsc + 8, Power = Tsc + 16;
    private const uint Half = Tsc + 24, MoreThanOne = Tsc + 32, TscHertz = Tsc + 40;

    private static readonly (string Name, byte Vector)[] s_sources = [("PIT", 0x60), ("APIC", 0x61), ("HPET", 0x62)];

    private readonly GuestCode _part;
    private readonly ApicCode _apic;
    private readonly HpetCode _hpet;
    private readonly Place _source;
    private readonly Place _drift;

    public TimerClocks(GuestCode part)
    {
        _part = part;
        _apic = new ApicCode(part);
        _hpet = new HpetCode(part);
        _source = part.NewPlace();
        _drift = part.NewPlace();
        part.AtEnd(EmitSource);
        part.AtEnd(EmitDrift);
    }

    private Assembler Code => _part.Code;

    private static uint Apic => Sources + SourceBytes;

    // All clocks run, the first ticks are over, and interrupts are on. Keeps EBX.
    public void Start()
    {
        Code.push(rbx);
        InstallHandlers();
        MeasurePeriods();
        Code.mov(r13d, 1);
        _apic.Restart();
        _apic.Write(ApicRegister.SpuriousVector, 0x1FF);
        RouteInput(PitInput, s_sources[0].Vector);
        RouteInput(HpetInput, s_sources[2].Vector);
        StartSources();
        Code.sti();
        Place warmUp = _part.Here();
        Code.cmp(__dword_ptr[Apic + Count], WarmUp);
        Code.jb(warmUp);
        Code.cli();
        for (uint i = 0; i < s_sources.Length; i++)
        {
            uint block = Sources + (SourceBytes * i);
            Code.mov(eax, __dword_ptr[block + Count]);
            Code.mov(__dword_ptr[block + FirstCount], eax);
            Code.mov(rax, __qword_ptr[block + Last]);
            Code.mov(__qword_ptr[block + FirstLast], rax);
            Code.mov(__dword_ptr[block + Lost], 0);
            Code.mov(__dword_ptr[block + Doubled], 0);
        }

        ReadClocks();
        Code.mov(__qword_ptr[Tsc], rsi);
        Code.mov(__qword_ptr[Hpet], rdi);
        Code.mov(__qword_ptr[Power], rax);
        Code.sti();
        Code.pop(rbx);
    }

    // Below: not yet.
    public void IsOver() => Code.cmp(__dword_ptr[Apic + Count], Length + WarmUp);

    // The table, and the end of the guest if something is not as it must be.
    public void Finish()
    {
        Code.cli();
        ReadClocks();
        Code.sub(rsi, __qword_ptr[Tsc]);
        Code.sub(rdi, __qword_ptr[Hpet]);
        Code.sub(eax, __dword_ptr[Power]);
        Code.and(eax, 0xFF_FFFF);
        Code.mov(rbx, rdi);
        PrintClock("PM timer", PowerHertz);
        Code.mov(rax, rsi);
        PrintClock("TSC", 0);
        for (uint i = 0; i < s_sources.Length; i++)
        {
            _part.Print($"{s_sources[i].Name,-10}");
            Code.mov(esi, Sources + (SourceBytes * i));
            Code.mov(r8, i == 0 ? (ulong)PitPeriod * Hertz : Period);
            Code.mov(r9d, i == 0 ? PitHertz : 1);
            Code.call(_source);
        }
    }

    // The TSC's frequency as CPUID says it, which all of this puts to the test, and what it makes of a period.
    private void MeasurePeriods()
    {
        Code.mov(eax, 0x15);
        Code.xor(ecx, ecx);
        Code.cpuid();
        Code.mov(esi, eax);
        Code.mov(eax, ecx);
        Code.imul(rax, rbx);
        Code.xor(edx, edx);
        Code.div(rsi);
        Code.mov(__qword_ptr[TscHertz], rax);
        Code.xor(edx, edx);
        Code.mov(ecx, 2000);
        Code.div(rcx);
        Code.mov(__qword_ptr[Half], rax);
        Code.lea(rax, __[rax + (rax * 2)]);
        Code.mov(__qword_ptr[MoreThanOne], rax);
    }

    private void StartSources()
    {
        _hpet.Write(HpetCode.Timer(2), HpetTimer);
        _hpet.Write(HpetCode.Timer(2) + 8, Period);
        _hpet.Write(HpetCode.Timer(2) + 8, Period);
        _hpet.Write(HpetCode.Configuration, 1);
        Code.mov(al, 0x34);
        Code.@out(PitCommand, al);
        Code.mov(al, (byte)(PitPeriod & 0xFF));
        Code.@out(PitCounter, al);
        Code.mov(al, (byte)(PitPeriod >> 8));
        Code.@out(PitCounter, al);
        _apic.Write(ApicRegister.Divide, DivideBy1);
        _apic.Write(ApicRegister.LvtTimer, PeriodicEntry | s_sources[1].Vector);
        _apic.Write(ApicRegister.InitialCount, Period);
    }

    private void RouteInput(int input, byte vector)
    {
        Code.mov(eax, IoApicPage);
        Code.mov(__dword_ptr[rax], 0x11 + (2 * input));
        Code.mov(__dword_ptr[rax + 0x10], 0);
        Code.mov(__dword_ptr[rax], 0x10 + (2 * input));
        Code.mov(__dword_ptr[rax + 0x10], vector);
    }

    // RSI: TSC, RDI: HPET, RAX: PM timer, always in this order.
    private void ReadClocks()
    {
        Code.rdtsc();
        Code.shl(rdx, 32);
        Code.lea(rsi, __[rax + rdx]);
        Code.mov(eax, HpetCode.Counter);
        Code.mov(rdi, __qword_ptr[rax]);
        Code.mov(dx, PowerTimer);
        Code.@in(eax, dx);
    }

    // RAX: its ticks, RBX: the HPET's. A frequency of 0: the TSC's.
    private void PrintClock(string name, uint hertz)
    {
        _part.Print($"{name,-27}drift ");
        Code.mov(ecx, Hertz);
        Code.mul(rcx);
        if (hertz == 0)
        {
            Code.mov(rcx, __qword_ptr[TscHertz]);
        }
        else
        {
            Code.mov(ecx, hertz);
        }

        Code.div(rcx);
        Code.call(_drift);
        _part.Print("\n");
    }

    private void InstallHandlers()
    {
        var handlers = new (byte Vector, Place Handler)[s_sources.Length];
        for (int i = 0; i < handlers.Length; i++)
        {
            handlers[i] = (s_sources[i].Vector, _part.NewPlace());
        }

        Gates.Install(_part, handlers);
        _part.AtEnd(() =>
        {
            Place common = _part.NewPlace();
            for (int i = 0; i < handlers.Length; i++)
            {
                _part.Mark(handlers[i].Handler);
                _apic.EnterHandler();
                Code.mov(ecx, Sources + (SourceBytes * (uint)i));
                Code.jmp(common);
            }

            _part.Mark(common);
            EmitTick();
        });
    }

    // RCX: the source.
    private void EmitTick()
    {
        Place isNotEarly = _part.NewPlace();
        Place isNotLate = _part.NewPlace();
        Code.rdtsc();
        Code.shl(rdx, 32);
        Code.add(rax, rdx);
        Code.mov(rdx, rax);
        Code.sub(rdx, __qword_ptr[rcx + Last]);
        Code.mov(__qword_ptr[rcx + Last], rax);
        Code.inc(__dword_ptr[rcx + Count]);
        Code.cmp(rdx, __qword_ptr[Half]);
        Code.jae(isNotEarly);
        Code.inc(__dword_ptr[rcx + Doubled]);
        _part.Mark(isNotEarly);
        Code.cmp(rdx, __qword_ptr[MoreThanOne]);
        Code.jbe(isNotLate);
        Code.inc(__dword_ptr[rcx + Lost]);
        _part.Mark(isNotLate);
        _apic.ReturnFromHandler();
    }

    // RSI: the source; R8 / R9: its period in ticks of the HPET.
    private void EmitSource()
    {
        _part.Mark(_source);
        Code.mov(eax, __dword_ptr[rsi + Count]);
        Code.sub(eax, __dword_ptr[rsi + FirstCount]);
        _part.PrintDecimal();
        _part.Print(" ticks, drift ");
        Code.mul(r8);
        Code.div(r9);
        Code.mov(rbx, rax);
        Code.mov(rax, __qword_ptr[rsi + Last]);
        Code.sub(rax, __qword_ptr[rsi + FirstLast]);
        Code.mov(ecx, Hertz);
        Code.mul(rcx);
        Code.div(__qword_ptr[TscHertz]);
        Code.call(_drift);
        foreach ((int field, string what) in new[] { (Lost, " lost"), (Doubled, " doubled") })
        {
            _part.Print(", ");
            Code.mov(eax, __dword_ptr[rsi + field]);
            _part.PrintDecimal();
            _part.Print(what);
            Code.test(eax, eax);
            _part.Expect(Code.je, "which is too many");
        }

        _part.Print("\n");
        Code.ret();
    }

    // RAX and RBX: what should be the same. In millionths.
    private void EmitDrift()
    {
        Place isPositive = _part.NewPlace();
        _part.Mark(_drift);
        Code.sub(rax, rbx);
        Code.jae(isPositive);
        Code.neg(rax);
        _part.Mark(isPositive);
        Code.mov(ecx, 1_000_000);
        Code.mul(rcx);
        Code.div(rbx);
        _part.PrintDecimal();
        _part.Print(" ppm");
        Code.cmp(eax, (int)MostDrift);
        _part.Expect(Code.jb, "which is too much");
        Code.ret();
    }
}
