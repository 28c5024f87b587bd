// How a script and the hypervisor take turns: what is executed again, what counts as emulated, and which mistakes of a
// hypervisor end the test.

using System;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed class ScriptTests
{
    [Fact]
    public void AStepGoesOnBehindItsExits()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest =>
        {
            guest.Cpuid(0x4000_0000, 3);
            Assert.Equal(0x1234ul, guest.Registers.Rax);
            Assert.Equal(0x7C02ul, guest.Rip);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Cpuid);
        Assert.Equal((0x4000_0000ul, 3ul), (machine.Registers.Rax, machine.Registers.Rcx));
        machine.Registers.Rax = 0x1234;
        machine.Advance();
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(0x7C02ul, Vmcs.Read(VmcsNatural.GuestRip));
    }

    [Fact]
    public void WithoutAnAdvanceItIsExecutedAgain()
    {
        var machine = new GuestFixture();
        machine.Set(PrimaryControls.PauseExiting);
        machine.Guest.Then(guest =>
        {
            guest.Pause();
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Pause);
        machine.Expect(ExitReason.Pause);
        machine.Clear(PrimaryControls.PauseExiting);
        machine.Expect(ExitReason.Vmcall);
    }

    [Fact]
    public void AnAssertionOfTheScriptFailsTheTest()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(_ => Assert.Fail("seen from inside"));
        Assert.Contains("seen from inside", Assert.ThrowsAny<Exception>(() => machine.TryEnter()).Message);
        Assert.False(machine.Processor.Vmx.InGuest);
        machine.Registers.Launched = 1;
        Assert.Contains("seen from inside", Assert.ThrowsAny<Exception>(() => machine.TryEnter()).Message);
    }

    [Fact]
    public void AScriptThatRunsOutFailsTheTest()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest => guest.Vmcall());
        machine.Expect(ExitReason.Vmcall);
        machine.Advance();
        Assert.Contains("nothing to do after Vmcall", VmxMachine.Refusal(() => machine.TryEnter()));
        Assert.Contains("run out", VmxMachine.Refusal(() => machine.TryEnter()));
    }

    [Fact]
    public void StepsThatWereNotReachedAreCounted()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(Exits.Hlt()).Then(Exits.Hlt());
        machine.Expect(ExitReason.Hlt);
        Assert.Contains("1 steps", VmxMachine.Refusal(machine.Guest.AssertFinished));
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(3u)]
    public void AWrongLengthIsNoticed(uint length)
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest => guest.Cpuid(0)).Then(Exits.Hlt());
        machine.Expect(ExitReason.Cpuid);
        Vmcs.Write(VmcsNatural.GuestRip, 0x7C00ul + length);
        Assert.Contains("the instruction has 2 bytes", VmxMachine.Refusal(() => machine.TryEnter()));
    }

    // Outside 64-bit mode RIP is 32 bits wide, of which 16-bit code uses the lower half.
    [Theory]
    [InlineData("real", 0xFFFFul, 1ul)]
    [InlineData("real", 0xFFFFul, 0x1_0001ul)]
    [InlineData("protected", 0xFFFF_FFFFul, 1ul)]
    [InlineData("long", 0xFFFF_FFFFul, 0x1_0000_0001ul)]
    public void RipMayWrap(string kind, ulong from, ulong to)
    {
        var machine = new GuestFixture(EntryTests.Image(kind));
        Vmcs.Write(VmcsNatural.GuestRip, from);
        machine.Guest.Then(guest => guest.Cpuid(0)).Then(Exits.Hlt());
        machine.Expect(ExitReason.Cpuid);
        Vmcs.Write(VmcsNatural.GuestRip, to);
        machine.Expect(ExitReason.Hlt);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void BlockingEndsWithTheEmulatedInstruction(bool forgets)
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest =>
        {
            guest.Sti();
            guest.Cpuid(0);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Cpuid);
        Assert.Equal(1u, Vmcs.Read(Vmcs32.GuestInterruptibilityState));
        machine.Advance();
        if (forgets)
        {
            Assert.Contains("outlived", VmxMachine.Refusal(() => machine.TryEnter()));
            return;
        }

        Vmcs.Write(Vmcs32.GuestInterruptibilityState, 0);
        machine.Expect(ExitReason.Vmcall);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheSingleStepIsNotLost(bool forgets)
    {
        var machine = new GuestFixture();
        Vmcs.Write(VmcsNatural.GuestRflags, 0x102);
        machine.Guest.Then(guest =>
        {
            guest.Cpuid(0);
            Assert.Equal(1, Assert.Single(guest.Events).Vector);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Cpuid);
        machine.Advance();
        if (forgets)
        {
            Assert.Contains("single step", VmxMachine.Refusal(() => machine.TryEnter()));
            return;
        }

        Vmcs.Write(VmcsNatural.GuestPendingDebugExceptions, PendingDebugExceptions.Step);
        machine.Expect(ExitReason.Vmcall);
    }

    // A fault is saved with RF set; whoever emulates the instruction clears it.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheResumeFlagEndsWithTheEmulatedInstruction(bool forgets)
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest =>
        {
            Assert.Equal(0x42, guest.Read8(new Gpa(0x10_0000)));
            guest.Vmcall();
        });
        machine.Expect(ExitReason.EptViolation);
        Assert.Equal(0x1_0002ul, Vmcs.Read(VmcsNatural.GuestRflags));
        Vmcs.Write(VmcsNatural.GuestRip, 0x7C05);
        machine.Registers.Rax = 0x42;
        if (forgets)
        {
            Assert.Contains("RF", VmxMachine.Refusal(() => machine.TryEnter()));
            return;
        }

        Vmcs.Write(VmcsNatural.GuestRflags, 2);
        machine.Expect(ExitReason.Vmcall);
    }

    [Fact]
    public void AnExceptionMayBeTheAnswer()
    {
        var machine = new GuestFixture(GoodVmcs.Long64());
        machine.Clear(PrimaryControls.UseMsrBitmaps);
        ulong start = Vmcs.Read(VmcsNatural.GuestRip);
        machine.Guest.Then(guest =>
        {
            Assert.Equal(0u, guest.Faults(ExceptionVector.GeneralProtection, () => guest.Wrmsr(0x1234, 5)));
            Assert.Equal(start, guest.Events[0].ReturnRip);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Wrmsr);
        Assert.Equal((0x1234ul, 5ul, 0ul), (machine.Registers.Rcx, machine.Registers.Rax, machine.Registers.Rdx));
        Vmcs.Write(Vmcs32.EntryExceptionErrorCode, 0);
        GuestFixture.Inject(0x8000_0B0D);
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(start + 2, Vmcs.Read(VmcsNatural.GuestRip));
    }

    [Fact]
    public void ExpectingAnExceptionThatDoesNotComeFails()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest => guest.Faults(ExceptionVector.InvalidOpcode, () => guest.Nop()));
        Assert.Contains("got no InvalidOpcode", VmxMachine.Refusal(() => machine.TryEnter()));
    }

    [Fact]
    public void AnUnexpectedExceptionFails()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest => guest.Cpuid(0));
        machine.Expect(ExitReason.Cpuid);
        GuestFixture.Inject(0x8000_0306);
        string message = Assert.Throws<GuestFaultException>(() => machine.TryEnter()).Message;
        Assert.Contains("HardwareException 06 at 7C00", message);
    }

    [Fact]
    public void EachVmcsMayHaveItsOwnScript()
    {
        var machine = new GuestFixture();
        var other = new GuestFixture(GoodVmcs.Long64(), machine.Vmx);
        machine.Processor.Vmx.GuestOf(machine.Region).Then(guest =>
        {
            guest.Cpuid(1);
            guest.Cpuid(2);
        });
        machine.Processor.Vmx.GuestOf(other.Region).Then(guest =>
        {
            guest.Vmcall();
            guest.Invd();
        });
        foreach ((ExitReason first, ExitReason second) in new[]
        {
            (ExitReason.Cpuid, ExitReason.Vmcall), (ExitReason.Cpuid, ExitReason.Invd),
        })
        {
            VmxCpu.VmPtrLoad(machine.Region);
            machine.Expect(first);
            machine.Advance();
            VmxCpu.VmPtrLoad(other.Region);
            other.Expect(second);
            other.Advance();
        }
    }

    [Fact]
    public void AHaltedGuestExecutesNothing()
    {
        var machine = new GuestFixture();
        machine.Clear(PrimaryControls.HltExiting);
        machine.Guest.Then(guest =>
        {
            guest.Hlt();
            Assert.Equal(ActivityState.Hlt, guest.Activity);
            guest.Nop();
        });
        Assert.Contains("Hlt", VmxMachine.Refusal(() => machine.TryEnter()));
    }

    // What was waiting in the scripts of an old processor does not wait for ever.
    [Fact]
    public void ScriptsOfAnOldProcessorAreUnwound()
    {
        var machine = new GuestFixture();
        bool unwound = false;
        using var done = new System.Threading.ManualResetEventSlim();
        machine.Guest.Then(guest =>
        {
            try
            {
                guest.Vmcall();
            }
            finally
            {
                unwound = true;
                done.Set();
            }
        });
        machine.Expect(ExitReason.Vmcall);
        _ = new VmxMachine();
        Assert.True(done.Wait(5000) && unwound);
    }
}
