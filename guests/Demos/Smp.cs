// Several processors in one guest. The first starts the others by INIT, start-up, start-up; each takes a lock and
// says that it is up. Then interrupts go from one to another in every way that the command register knows, in both
// modes of the local APIC, and a page changes its frame under all of them. SDM 3A 9.4 Multiple-Processor (MP)
// Initialization, 12.6.1 Interrupt Command Register (ICR), 5.10.5 Propagation of Paging-Structure Changes.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class Smp
{
    private const uint Trampoline = 0xA000;
    private const uint Stacks = 0x2_0000;
    private const uint Processors = 4;
    private const uint X2Mode = 0x400;

    // Fields of the command register: who, and what.
    private const uint Others = 3u << 18, All = 2u << 18, Self = 1u << 18;
    private const uint Logical = 1u << 11, Assert = 1u << 14;
    private const uint Lowest = 1u << 8, Nmi = 4u << 8, Init = 5u << 8, StartUp = 6u << 8;

    public static Guest Guest { get; } = new(
        "smp", "", "four processors: INIT and start-up, a lock, interrupts from each to each, a TLB shootdown",
        new GuestConfig(Image()) { Flags = VmFeatures.Pc, Vcpus = Processors, Milliseconds = 10_000 });

    private static GuestImage Image()
    {
        var builder = new ImageBuilder(Layout.Image);
        GuestCode start = builder.AddPart(32);
        GuestCode rest = builder.AddPart(64);
        GuestCode trampoline = builder.AddPart(16, Trampoline);
        GuestCode middle = builder.AddPart(32);
        Start.ToLongMode(start, rest.Here());
        var code = new SmpCode(rest);
        First(rest, code);
        Start.ToProtectedMode(trampoline, middle.Here(), SmpCode.BootStack);
        Start.JoinLongMode(middle, rest.Here());
        Other(rest, code);
        code.EmitHandlers();
        return builder.Build(StartMode.Protected);
    }

    private static void First(GuestCode part, SmpCode code)
    {
        Assembler c = part.Code;
        code.FirstSetUp();
        c.mov(eax, 0xB);
        c.mov(ecx, 1);
        c.cpuid();
        c.mov(r15d, ebx);
        part.Print("processors, says CPUID: ");
        c.mov(eax, r15d);
        part.PrintDecimal();
        part.PrintLine("");
        c.cmp(r15d, Processors);
        part.Expect(c.jae, "at least four are needed");
        StartOthers(part, code);
        code.CountUnderLock();
        Send(code);
        Shoot(code);
        Again(part, code);
        X2Apic(part, code);
        code.Send("park", Others | Assert | SmpCode.ParkVector, 0, code.ButOne, isTold: false);
        part.PrintLine("the others are parked");
        part.PowerOff();
    }

    private static void StartOthers(GuestCode part, SmpCode code)
    {
        Assembler c = part.Code;
        c.mov(r12d, 1);
        Place next = part.Here();
        c.mov(ebx, r12d);
        c.shl(ebx, 24);
        code.CommandTo(ebx, Init | Assert);
        code.CommandTo(ebx, StartUp | Assert | (Trampoline >> 12));
        code.CommandTo(ebx, StartUp | Assert | (Trampoline >> 12));
        code.WaitFor(SmpCode.Arrived, () => c.mov(eax, r12d));
        c.inc(r12d);
        c.cmp(r12d, r15d);
        c.jb(next);
    }

    private static void Send(SmpCode code)
    {
        code.Send("to 1", Assert | SmpCode.HitVector, 1u << 24, code.Exactly(1));
        code.Send("to all", All | Assert | SmpCode.HitVector, 0, code.Everyone);
        code.Send("to all others", Others | Assert | SmpCode.HitVector, 0, code.ButOne);
        code.Send("to itself", Self | Assert | SmpCode.HitVector, 0, code.Exactly(1));
        code.Send("to id FF", Assert | SmpCode.HitVector, 0xFF00_0000, code.Everyone);
        code.Send("flat, 1 and 3", Logical | Assert | SmpCode.HitVector, 0x0A00_0000, code.Exactly(2));
        code.Send("NMI to 2", Nmi | Assert, 2u << 24, code.Exactly(1));
        code.Raise(0x30);
        code.Send("lowest of 0 and 3", Lowest | Logical | Assert | SmpCode.HitVector, 0x0900_0000, code.Exactly(1));
        code.Raise(0);
        code.Send("clusters", All | Assert | SmpCode.ClusterVector, 0, code.Everyone, isTold: false);
        code.Send("cluster 1, 0 and 2", Logical | Assert | SmpCode.HitVector, 0x1500_0000, code.Exactly(2));
    }

    private static void Shoot(SmpCode code)
    {
        code.Send("page, frame A", All | Assert | SmpCode.ShootVector, 0, code.Everyone);
        code.Remap();
        code.Send("page, frame B", All | Assert | SmpCode.ShootVector, 0, code.Everyone);
    }

    // An INIT ends what a processor does, wherever it is; without a start-up message it stays down.
    private static void Again(GuestCode part, SmpCode code)
    {
        part.PrintLine("INIT to 1");
        code.Command(1u << 24, Init | Assert);
        code.Send("to all", All | Assert | SmpCode.HitVector, 0, code.ButOne);
        part.Code.mov(__dword_ptr[SmpCode.Arrived], 0);
        code.Command(1u << 24, StartUp | Assert | (Trampoline >> 12));
        code.WaitFor(SmpCode.Arrived, code.Exactly(1));
    }

    private static void X2Apic(GuestCode part, SmpCode code)
    {
        code.Send("x2APIC", Others | Assert | SmpCode.X2Vector, 0, code.ButOne, isTold: false);
        code.EnterX2Mode();
        part.PrintLine("x2APIC");
        code.Send("to 2", Assert | SmpCode.HitVector, 2, code.Exactly(1));
        code.Send("to id FFFFFFFF", Assert | SmpCode.HitVector, uint.MaxValue, code.Everyone);
        code.Send("cluster 0, 0 and 3", Logical | Assert | SmpCode.HitVector, 9, code.Exactly(2));
        code.Send("NMI to all others", Others | Nmi | Assert, 0, code.ButOne);
    }

    // A start-up message leads here, by way of the trampoline.
    private static void Other(GuestCode part, SmpCode code)
    {
        Assembler c = part.Code;
        c.mov(eax, 0xB);
        c.xor(ecx, ecx);
        c.cpuid();
        c.mov(r14d, edx);
        c.lea(eax, __[rdx + 1]);
        c.shl(eax, 12);
        c.add(eax, (int)Stacks);
        c.mov(rsp, rax);
        code.SetUp();
        code.Lock();
        part.Print("processor ");
        code.PrintApicId();
        part.PrintLine(" is up");
        code.Unlock();
        c.@lock.inc(__dword_ptr[SmpCode.Arrived]);
        Place park = part.Here();
        c.sti();
        c.hlt();
        c.jmp(park);
    }
}
