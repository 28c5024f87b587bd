// Delivery of events that an EPT violation interrupts, and IRET that one interrupts: nothing is lost, nothing comes
// twice. SDM 3C 29.2.3 Information About NMI Unblocking Due to IRET, 29.2.4 Information for VM Exits During Event
// Delivery.

using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed class DeliveryTests
{
    // An event whose delivery stumbles is not delivered; the hypervisor has to inject it again, with its length.
    [Theory]
    [InlineData(0x8000_0030u, 0u)]
    [InlineData(0x8000_0430u, 2u)]
    [InlineData(0x8000_0306u, 0u)]
    public void DeliveryInterruptedByAnEptViolation(uint information, uint length)
    {
        var machine = new GuestFixture();
        var stack = new Gpa(0x10_0000);
        Vmcs.Write(VmcsNatural.GuestRflags, 0x202);
        machine.Guest.DeliveryStack = stack;
        Vmcs.Write(Vmcs32.EntryInstructionLength, length);
        GuestFixture.Inject(information);
        machine.Guest.Handler = (_, _) => { };
        machine.Guest.Then(guest => guest.Vmcall());
        machine.Expect(ExitReason.EptViolation);
        Assert.Equal(information, Vmcs.Read(VmcsReadOnly32.IdtVectoringInformation));
        Assert.Equal((stack.Value, 0x182ul), (Vmcs.Read(VmcsReadOnly64.GuestPhysicalAddress), machine.Qualification));
        Assert.Equal(length == 0 ? Poison.Of(0x440C) : length, machine.Length);
        Assert.Equal(0ul, Vmcs.Read(VmcsNatural.GuestRflags) & (ulong)Rflags.Resume);
        Assert.Empty(machine.Guest.Events);
        machine.Ept.Map(stack.Value, machine.Ram);
        GuestFixture.Inject(information);
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(information, Assert.Single(machine.Guest.Events).Information);
        Assert.Equal(0x7C00ul + length, Vmcs.Read(VmcsNatural.GuestRip));
    }

    // An NMI whose delivery was interrupted has blocked NMIs: injecting it again needs that undone.
    [Fact]
    public void AnInterruptedNmiHasBlocked()
    {
        var machine = new GuestFixture();
        machine.Guest.DeliveryStack = new Gpa(0x10_0000);
        GuestFixture.Inject(0x8000_0202);
        machine.Guest.Then(guest => guest.Vmcall());
        machine.Expect(ExitReason.EptViolation);
        Assert.Equal(8u, Vmcs.Read(Vmcs32.GuestInterruptibilityState));
        machine.Ept.Map(0x10_0000, machine.Ram);
        GuestFixture.Inject(0x8000_0202);
        Assert.Equal(VmxResult.Succeed, machine.TryEnter());
        Assert.Equal(0x8000_0021u, Vmcs.Read(VmcsReadOnly32.ExitReason));
        Vmcs.Write(Vmcs32.GuestInterruptibilityState, 0);
        machine.Expect(ExitReason.Vmcall);
        Assert.Single(machine.Guest.Events);
    }

    // The guest's own INT n stumbles: without injection it is executed again, with it its delivery goes on.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnInterruptedIntIsNeitherLostNorDoubled(bool injects)
    {
        var machine = new GuestFixture();
        machine.Guest.DeliveryStack = new Gpa(0x10_0000);
        machine.Guest.Then(guest =>
        {
            guest.Int(0x21);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.EptViolation);
        Assert.Equal((0x8000_0421u, 2u), (Vmcs.Read(VmcsReadOnly32.IdtVectoringInformation), machine.Length));
        machine.Ept.Map(0x10_0000, machine.Ram);
        if (injects)
        {
            Vmcs.Write(Vmcs32.EntryInstructionLength, 2);
            GuestFixture.Inject(0x8000_0421);
        }

        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(injects, Assert.Single(machine.Guest.Events).IsInjected);
        Assert.Equal(0x7C02ul, Vmcs.Read(VmcsNatural.GuestRip));
    }

    [Theory]
    [InlineData(8u, 0x1181ul)]
    [InlineData(0u, 0x181ul)]
    public void IretReportsThatItUnblockedNmis(uint blocking, ulong qualification)
    {
        var machine = new GuestFixture();
        Vmcs.Write(Vmcs32.GuestInterruptibilityState, blocking);
        machine.Guest.Then(guest =>
        {
            guest.Iret(new Gpa(0x10_0000));
            guest.Vmcall();
        });
        machine.Expect(ExitReason.EptViolation);
        Assert.Equal(qualification, machine.Qualification);
        Assert.Equal(0u, Vmcs.Read(Vmcs32.GuestInterruptibilityState));
        machine.Ept.Map(0x10_0000, machine.Ram);
        machine.Expect(ExitReason.Vmcall);
    }
}
