// What another processor sends to one that is in the guest: an exit. SDM 3C 26.6.1 Pin-Based VM-Execution Controls
// (external-interrupt exiting), 29.2.2 Information for VM Exits Due to Vectored Events.

using System.Collections.Concurrent;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed unsafe class MessageTests
{
    private readonly GuestFixture _machine = new();

    // An acknowledged one is in service until its end, and keeps the next away; another waits, and exits again.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AMessageIsAnExit(bool acknowledges)
    {
        SetAcknowledge(acknowledges);
        _machine.Guest.Then(guest =>
        {
            guest.Nop();
            _machine.Processor.Apic.Receive(0xED);
            guest.Nop();
            _machine.Processor.Apic.Receive(0xED);
            guest.Spin(1);
            guest.Vmcall();
        });
        _machine.Expect(ExitReason.ExternalInterrupt);
        Assert.Equal(0x7C02ul, Vmcs.Read(VmcsNatural.GuestRip));
        Assert.Equal(acknowledges ? 0x8000_00EDu : 0,
            Vmcs.Read(VmcsReadOnly32.ExitInterruptionInformation) & 0x8000_00FF & (acknowledges ? ~0u : 1u << 31));
        Assert.Equal(!acknowledges, _machine.Processor.Apic.IsPending);
        _machine.Expect(acknowledges ? ExitReason.Vmcall : ExitReason.ExternalInterrupt);
        Assert.False(acknowledges && _machine.Processor.Apic.IsPending);
        Cpu.WriteApic(0xB0, 0);
        Assert.True(_machine.Processor.Apic.IsPending);
    }

    [Fact]
    public void AHaltedGuestIsLeft()
    {
        SetAcknowledge(true);
        Vmcs.Write(Vmcs32.GuestActivityState, (uint)ActivityState.Hlt);
        _machine.Guest.Then(guest =>
        {
            _machine.Processor.Apic.Receive(0xED);
            guest.Spin(100);
            Assert.Equal(ActivityState.Hlt, guest.Activity);
        });
        _machine.Expect(ExitReason.ExternalInterrupt);
    }

    [Fact]
    public void WaitingEndsWithAMessage()
    {
        var crew = new ConcurrentDictionary<uint, SoftProcessor>();
        SoftProcessor one = Presets.SkylakeX(crew, null), two = Presets.SkylakeX(crew, null);
        (crew[1], crew[2]) = (one, two);
        int waits = 0;
        two.Waited = () =>
        {
            if (++waits == 3)
            {
                one.SendMessage(7);
                one.SendMessage(2);
            }
        };
        two.WaitForMessage();
        Assert.Equal(3, waits);
        Assert.Equal([7, 2], one.Messages);
        Assert.False(two.Apic.IsPending || two.Apic.TryTake());
    }

    private static void SetAcknowledge(bool isOn)
    {
        const uint bit = (uint)ExitControls.AcknowledgeInterruptOnExit;
        uint others = Vmcs.Read(Vmcs32.ExitControls) & ~bit;
        Vmcs.Write(Vmcs32.ExitControls, others | (isOn ? bit : 0));
    }
}
