// Time of a scripted guest and the VMX-preemption timer. SDM 3C 27.5.1 VMX-Preemption Timer.

using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed class TimerTests
{
    [Theory]
    [InlineData(1000u, 999ul, false)]
    [InlineData(1000u, 1000ul, true)]
    public void ItExpiresToTheTick(uint value, ulong ticks, bool expires)
    {
        var machine = new GuestFixture();
        Vmcs.Write(Vmcs32.PreemptionTimerValue, value);
        machine.Guest.Then(guest => guest.Spin(ticks)).Then(Exits.TripleFault());
        machine.Expect(expires ? ExitReason.PreemptionTimerExpired : ExitReason.TripleFault);
        Assert.Equal(expires ? 0u : 1, Vmcs.Read(Vmcs32.PreemptionTimerValue));
    }

    // It counts changes of bit 5, so the first count may come early.
    [Theory]
    [InlineData(0ul, 64ul)]
    [InlineData(31ul, 33ul)]
    public void SlowTimersCountTheirBit(ulong start, ulong ticks)
    {
        var machine = new GuestFixture(GoodVmcs.RealMode(), new VmxMachine(Presets.SlowPreemptionTimer()));
        machine.Processor.Tsc = start;
        Vmcs.Write(Vmcs32.PreemptionTimerValue, 2);
        machine.Guest.Then(guest => guest.Spin(1000));
        machine.Expect(ExitReason.PreemptionTimerExpired);
        Assert.Equal(start + ticks, machine.Processor.Tsc);
    }

    [Fact]
    public void AZeroExitsBeforeTheFirstInstruction()
    {
        var machine = new GuestFixture();
        Vmcs.Write(Vmcs32.PreemptionTimerValue, 0);
        Vmcs.Write(VmcsNatural.GuestRflags, 0x202);
        GuestFixture.Inject(0x8000_0020);
        machine.Guest.Then(guest => guest.Vmcall());
        machine.Expect(ExitReason.PreemptionTimerExpired);
        Assert.Single(machine.Guest.Events);
        machine.Expect(ExitReason.PreemptionTimerExpired);
        Vmcs.Write(Vmcs32.PreemptionTimerValue, 1);
        machine.Expect(ExitReason.Vmcall);
    }

    [Fact]
    public void ALongComputationIsDivided()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest =>
        {
            guest.Spin(2500);
            guest.Vmcall();
        });
        for (int i = 0; i < 2; i++)
        {
            Vmcs.Write(Vmcs32.PreemptionTimerValue, 1000);
            machine.Expect(ExitReason.PreemptionTimerExpired);
        }

        Vmcs.Write(Vmcs32.PreemptionTimerValue, 1000);
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(500u, Vmcs.Read(Vmcs32.PreemptionTimerValue));
    }

    // A13: nothing but the timer ends this.
    [Fact]
    public void AnEndlessLoopIsPreempted()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest => guest.SpinForever());
        for (int i = 0; i < 1000; i++)
        {
            Vmcs.Write(Vmcs32.PreemptionTimerValue, 50);
            machine.Expect(ExitReason.PreemptionTimerExpired);
        }

        machine.Clear(PinControls.PreemptionTimer);
        uint others = Vmcs.Read(Vmcs32.ExitControls) & ~(uint)ExitControls.SavePreemptionTimerValue;
        Vmcs.Write(Vmcs32.ExitControls, others);
        Assert.Contains("no preemption timer", VmxMachine.Refusal(() => machine.TryEnter()));
    }

    [Fact]
    public void ItEndsTheHltState()
    {
        var machine = new GuestFixture();
        machine.Clear(PrimaryControls.HltExiting);
        Vmcs.Write(Vmcs32.PreemptionTimerValue, 100);
        machine.Guest.Then(guest =>
        {
            guest.Hlt();
            guest.Spin(300);
        });
        machine.Expect(ExitReason.PreemptionTimerExpired);
        Assert.Equal((1u, 0x7C01ul), (Vmcs.Read(Vmcs32.GuestActivityState), Vmcs.Read(VmcsNatural.GuestRip)));
    }

    [Fact]
    public void WithoutTheControlItDoesNotRun()
    {
        var machine = new GuestFixture();
        machine.Clear(PinControls.PreemptionTimer);
        uint others = Vmcs.Read(Vmcs32.ExitControls) & ~(uint)ExitControls.SavePreemptionTimerValue;
        Vmcs.Write(Vmcs32.ExitControls, others);
        machine.Guest.Then(guest => guest.Spin(1ul << 40)).Then(Exits.TripleFault());
        machine.Expect(ExitReason.TripleFault);
        Assert.Equal(1_000_000u, Vmcs.Read(Vmcs32.PreemptionTimerValue));
    }
}
