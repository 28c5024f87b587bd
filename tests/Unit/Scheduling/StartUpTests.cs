// INIT and start-up messages: who starts, in which state, who stops. SDM 3A 9.4 Multiple-Processor (MP) Initialization.

using System.Linq;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using Xunit;
using static MinusOne.Tests.Unit.Scheduling.SmpScript;

namespace MinusOne.Tests.Unit.Scheduling;

public sealed unsafe class StartUpTests
{
    [Fact]
    public void AStartUpMessageStartsWhoWaitsForIt()
    {
        using CoreMachine machine = Pc(2);
        machine.Guest.Then(guest =>
        {
            object first = Begin(guest);
            guest.Wrmsr(Command, To1 | Init);
            guest.Spin(Quantum / 4);
            Assert.Same(first, guest.Vmcs);
            guest.Wrmsr(Command, To1 | StartUp);
            guest.Wrmsr(Command, To1 | StartUp);
            guest.Exit(Exits.Pause());
            Assert.NotSame(first, guest.Vmcs);
            ExpectStart(guest);
            guest.Rip = 0x77;
            guest.Exit(Exits.Pause());
            Assert.Same(first, guest.Vmcs);
            guest.Wrmsr(Command, To1 | StartUp);
            guest.Exit(Exits.Pause());
            Assert.Equal(0x79ul, guest.Rip);
            PowerOff(guest);
        });
        Finish(machine);
        Assert.Contains("of processor 1", machine.Log);
    }

    // Its processor numbers in every place where software looks for them.
    [Fact]
    public void EachSaysWhoItIs()
    {
        using CoreMachine machine = Pc(3);
        machine.Guest.Then(guest =>
        {
            Begin(guest);
            guest.Wrmsr(Command, (2UL << 32) | StartUp);
            guest.Exit(Exits.Pause());
            guest.Cpuid(1);
            Assert.Equal(2u, (uint)guest.Registers.Rbx >> 24);
            Assert.Equal(3u, (uint)guest.Registers.Rbx >> 16 & 0xFF);
            Assert.NotEqual(0ul, guest.Registers.Rdx & (1 << 28));
            guest.Cpuid(0xB, 1);
            Assert.Equal((2ul, 3ul, 2ul), (guest.Registers.Rax, guest.Registers.Rbx, guest.Registers.Rdx));
            Assert.Equal(0xFEE0_0800ul, guest.Rdmsr(Base));
            guest.Wrmsr(Base, 0xFEE0_0C00);
            Assert.Equal((2ul, 4ul), (guest.Rdmsr(0x802), guest.Rdmsr(0x80D)));
            PowerOff(guest);
        });
        Finish(machine);
    }

    [Fact]
    public void AnInitStopsIt()
    {
        using CoreMachine machine = Pc(2);
        machine.Guest.Then(guest =>
        {
            object first = Begin(guest);
            guest.Wrmsr(Command, To1 | StartUp);
            guest.Exit(Exits.Pause());
            guest.Wrmsr(Base, 0xFEE0_0C00);
            guest.Wrmsr(Spurious, 0x1FF);
            guest.Exit(Exits.Pause());
            guest.Exit(Exits.Pause());
            ulong open = guest.Vmcs[Vmcs64.MsrBitmaps];
            guest.Exit(Exits.Pause());
            guest.Wrmsr(Command, To1 | Nmi);
            guest.Wrmsr(Command, To1 | Init);
            for (int i = 0; i < 5; i++)
            {
                guest.Wrmsr(Command, To1 | Nmi);
                guest.Exit(Exits.Pause());
                Assert.Same(first, guest.Vmcs);
            }

            // INIT invalidates what the TLBs hold, and a VPID would keep it.
            int forgotten = machine.Processor.Vmx.VpidInvalidations;
            guest.Wrmsr(Command, To1 | StartUp);
            guest.Exit(Exits.Pause());
            Assert.True(machine.Processor.Vmx.VpidInvalidations > forgotten);
            ExpectStart(guest);
            Assert.Empty(guest.Events);
            Assert.NotEqual(open, guest.Vmcs[Vmcs64.MsrBitmaps]);
            Assert.Equal(0xFEE0_0C00ul, guest.Rdmsr(Base));
            Assert.Equal((1ul, 0xFFul), (guest.Rdmsr(0x802), guest.Rdmsr(Spurious)));

            // And itself.
            guest.Wrmsr(Command, To1 | Init);
            Assert.Same(first, guest.Vmcs);
            PowerOff(guest);
        });
        Finish(machine);
    }

    [Fact]
    public void AnInitOfTheFirstIsTheEnd()
    {
        using CoreMachine machine = Pc(2);
        machine.Config->ExpectedEnd = GuestEnd.Reset;
        machine.Guest.Then(guest =>
        {
            Begin(guest);
            guest.Wrmsr(Command, To1 | StartUp);
            guest.Exit(Exits.Pause());
            guest.Wrmsr(Base, 0xFEE0_0C00);
            guest.Wrmsr(Command, Init);
        });
        Finish(machine);
    }

    // With one processor, beside a guest that goes on.
    [Fact]
    public void AnInitOfTheOnlyOneIsTheEnd()
    {
        using CoreMachine machine = Pc(1);
        machine.Config->ExpectedEnd = GuestEnd.Reset;
        machine.Settings = machine.Settings with { AreTogether = true };
        machine.Guest.Then(guest =>
        {
            object first = Begin(guest);
            guest.Wrmsr(Command, Init);
            guest.Exit(Exits.Pause());
            Assert.NotSame(first, guest.Vmcs);
            guest.Exit(Exits.Pause());
            Assert.NotSame(first, guest.Vmcs);
            PowerOff(guest);
        });
        machine.Run("one two", machine.Programs("one", "two"));
        Assert.Contains("name=one end=reset expected=yes", machine.Log);
        Assert.Contains("name=two end=power-off", machine.Log);
    }

    private static void ExpectStart(ScriptedGuest guest)
    {
        Assert.Equal((0ul, 2ul), (guest.Rip, guest.Rflags));
        Assert.Equal(0x1200, guest.Vmcs[Vmcs16.GuestCsSelector]);
        Assert.Equal(0x1_2000ul, guest.Vmcs[VmcsNatural.GuestCsBase]);
        Assert.Equal(0ul, guest.Vmcs[VmcsNatural.GuestCr3] | guest.Vmcs[Vmcs64.GuestEfer]);
        Assert.Equal(0x10ul, guest.Vmcs[VmcsNatural.Cr0ReadShadow]);
        Assert.NotEqual(0ul, guest.Registers.Rdx);
        Assert.All(Enumerable.Range(0, 16).Where(i => i is not (2 or 4)), i => Assert.Equal(0ul, guest.Registers[i]));
    }
}
