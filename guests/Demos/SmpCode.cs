// What the processors of the `smp` demonstration share: places in memory, a lock, handlers, and how a message is sent
// and waited for. R13D says in which mode the local APIC is (ApicCode), R14 holds the processor's number, and R15D, in
// the first, how many there are.

using System;
using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal sealed class SmpCode
{
    public const uint BootStack = 0x1F00;
    public const uint Arrived = Layout.Scratch;
    public const byte HitVector = 0x40;
    public const byte ShootVector = 0x41;
    public const byte CountVector = 0x42;
    public const byte ClusterVector = 0x43;
    public const byte X2Vector = 0x44;
    public const byte ParkVector = 0x45;

    private const uint LockPlace = Layout.Scratch + 0x40;
    private const uint Counter = Layout.Scratch + 0x80;
    private const uint Answers = Layout.Scratch + 0xC0;

    // One number a processor: what it saw last.
    private const int Seen = (int)Layout.Scratch + 0x100;

    // The page that is mapped in two ways: its address, its tables, its frames.
    private const uint Page = 0x4000_0000;
    private const uint Directory = 0x1_0000;
    private const uint Table = 0x1_1000;
    private const uint FrameA = 0x1_2000;
    private const uint FrameB = 0x1_3000;
    private const uint Present = 3;

    private const uint Rounds = 50_000;
    private const uint ApicEnabled = 0x1FF;
    private const uint X2Mode = 0x400;

    private readonly GuestCode _part;
    private readonly Assembler _code;
    private readonly ApicCode _apic;
    private readonly Place _hit, _shoot, _count, _cluster, _x2, _park, _nmi, _rounds;

    public SmpCode(GuestCode part)
    {
        _part = part;
        _code = part.Code;
        _apic = new ApicCode(part);
        _hit = part.NewPlace();
        _shoot = part.NewPlace();
        _count = part.NewPlace();
        _cluster = part.NewPlace();
        _x2 = part.NewPlace();
        _park = part.NewPlace();
        _nmi = part.NewPlace();
        _rounds = part.NewPlace();
    }

    public Action Everyone => () => _code.mov(eax, r15d);

    public Action ButOne => () => _code.lea(eax, __[r15 - 1]);

    public Action Exactly(uint count) => () => _code.mov(eax, count);

    public void FirstSetUp()
    {
        _code.xor(r14d, r14d);
        _code.mov(__dword_ptr[Layout.HugePages + 8], Directory | Present);
        _code.mov(__dword_ptr[Directory], Table | Present);
        _code.mov(__dword_ptr[Table], FrameA | Present);
        _code.mov(__dword_ptr[FrameA], 0xA);
        _code.mov(__dword_ptr[FrameB], 0xB);
        Gates.Set(_part, 2, _nmi);
        Gates.Set(_part, HitVector, _hit);
        Gates.Set(_part, ShootVector, _shoot);
        Gates.Set(_part, CountVector, _count);
        Gates.Set(_part, ClusterVector, _cluster);
        Gates.Set(_part, X2Vector, _x2);
        Gates.Set(_part, ParkVector, _park);
        SetUp();
        _code.sti();
    }

    // The table of interrupts, the local APIC in xAPIC mode, and one bit as its logical id.
    public void SetUp()
    {
        Gates.Install(_part);
        _code.xor(r13d, r13d);
        _apic.Write(ApicRegister.SpuriousVector, ApicEnabled);
        SetLogicalId(0);
    }

    public void PrintApicId()
    {
        _apic.Read(ApicRegister.Id);
        _code.shr(eax, 24);
        _part.PrintDecimal();
    }

    public void Lock()
    {
        Place again = _part.NewPlace();
        Place free = _part.NewPlace();
        _part.Mark(again);
        _code.mov(eax, 1);
        _code.xchg(__dword_ptr[LockPlace], eax);
        _code.test(eax, eax);
        _code.je(free);
        _code.pause();
        _code.jmp(again);
        _part.Mark(free);
    }

    public void Unlock() => _code.mov(__dword_ptr[LockPlace], 0);

    // All count at once: what they read and write in two steps is right only if the lock holds.
    public void CountUnderLock()
    {
        Send("count", (3u << 18) | CountVector, 0, () => { }, isTold: false, waits: false);
        _code.call(_rounds);
        WaitFor(Answers, Everyone);
        _part.Print("counted under a lock: ");
        _code.mov(eax, __dword_ptr[Counter]);
        _part.PrintDecimal();
        _part.PrintLine("");
    }

    // The destination in the upper half of the register, as the mode has it.
    public void Command(uint destination, uint command)
    {
        _code.mov(ebx, destination);
        CommandTo(ebx, command);
    }

    // In xAPIC mode. Clobbers EAX, ECX and EDX.
    public void CommandTo(AssemblerRegister32 destination, uint command)
    {
        Place inMemory = _part.NewPlace();
        Place done = _part.NewPlace();
        _code.test(r13d, r13d);
        _code.je(inMemory);
        _code.mov(ecx, (uint)Msr.X2ApicBase + ((uint)ApicRegister.CommandLow >> 4));
        _code.mov(edx, destination);
        _code.mov(eax, command);
        _code.wrmsr();
        _code.jmp(done);
        _part.Mark(inMemory);
        _code.mov(eax, destination);
        _apic.WriteEax(ApicRegister.CommandHigh);
        _apic.Write(ApicRegister.CommandLow, command);
        _part.Mark(done);
    }

    // Sends, waits for so many answers, and prints what each processor saw.
    public void Send(
        string name, uint command, uint destination, Action loadExpected, bool isTold = true, bool waits = true)
    {
        _code.mov(__dword_ptr[Answers], 0);
        Command(destination, command);
        if (waits)
        {
            WaitFor(Answers, loadExpected);
        }

        if (isTold)
        {
            _part.Print(name.PadRight(20));
            Tell();
        }
    }

    public void WaitFor(uint place, Action loadExpected)
    {
        Place again = _part.Here();
        Place done = _part.NewPlace();
        loadExpected();
        _code.cmp(__dword_ptr[place], eax);
        _code.jae(done);
        _code.pause();
        _code.jmp(again);
        _part.Mark(done);
    }

    // The priority below which interrupts are held back.
    public void Raise(uint priority) => _apic.Write(ApicRegister.TaskPriority, priority);

    public void Remap() => _code.mov(__dword_ptr[Table], FrameB | Present);

    public void EnterX2Mode()
    {
        _code.mov(ecx, (uint)Msr.ApicBase);
        _code.rdmsr();
        _code.or(eax, (int)X2Mode);
        _code.wrmsr();
        _code.mov(r13d, 1);
    }

    public void EmitHandlers()
    {
        Handler(_hit, () => _code.inc(__dword_ptr[(r14 * 4) + Seen]));
        Handler(_shoot, () =>
        {
            _code.invlpg(__[Page]);
            _code.mov(eax, __dword_ptr[Page]);
            _code.mov(__dword_ptr[(r14 * 4) + Seen], eax);
        });
        Handler(_count, () => _code.call(_rounds), isAnswering: false);
        Handler(_cluster, () => SetLogicalId(0x10));
        Handler(_x2, EnterX2Mode);
        _part.Mark(_nmi);
        _code.inc(__dword_ptr[(r14 * 4) + Seen]);
        Answer();
        _code.iretq();
        _part.Mark(_park);
        Answer();
        _part.Halt();
        EmitRounds();
    }

    // All numbers, which are 0 afterwards.
    private void Tell()
    {
        _code.xor(ebx, ebx);
        Place next = _part.Here();
        _part.Print(" ");
        _code.xor(eax, eax);
        _code.xchg(__dword_ptr[(rbx * 4) + Seen], eax);
        _part.PrintHex(1);
        _code.inc(ebx);
        _code.cmp(ebx, r15d);
        _code.jb(next);
        _part.PrintLine("");
    }

    // Flat: a bit each. In clusters: all in one, whose number the high bits are.
    private void SetLogicalId(uint cluster)
    {
        _apic.Write(ApicRegister.DestinationFormat, cluster == 0 ? uint.MaxValue : 0x0FFF_FFFF);
        _code.mov(ecx, r14d);
        _code.mov(eax, 1);
        _code.shl(eax, cl);
        _code.or(eax, (int)cluster);
        _code.shl(eax, 24);
        _apic.WriteEax(ApicRegister.LogicalDestination);
    }

    private void Handler(Place place, Action body, bool isAnswering = true)
    {
        _part.Mark(place);
        _apic.EnterHandler();
        body();
        if (isAnswering)
        {
            Answer();
        }

        _apic.ReturnFromHandler();
    }

    private void Answer() => _code.@lock.inc(__dword_ptr[Answers]);

    private void EmitRounds()
    {
        _part.Mark(_rounds);
        _code.mov(edx, Rounds);
        Place next = _part.Here();
        Lock();
        _code.mov(ecx, __dword_ptr[Counter]);
        _code.inc(ecx);
        _code.mov(__dword_ptr[Counter], ecx);
        Unlock();
        _code.dec(edx);
        _code.jne(next);
        Answer();
        _code.ret();
    }
}
