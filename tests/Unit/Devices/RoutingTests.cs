// From a line to the processor on every way there is: the 8259 pair through LINT0 in each of its modes, and the I/O
// APIC.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class RoutingTests : IDisposable
{
    private const uint Lint0 = 0x350, Spurious = 0x0F0, EndOfInterrupt = 0x0B0;

    private readonly PcMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    private Vm* Vm => _machine.Vm;

    [Theory]
    [InlineData(0x0_0700u, true, false, 0x0B)]
    [InlineData(0x1_0700u, false, false, 0)]
    [InlineData(0x0_0051u, true, false, 0x51)]
    [InlineData(0x1_0051u, false, false, 0)]
    [InlineData(0x0_0400u, false, true, 0)]
    [InlineData(0x1_0400u, false, false, 0)]
    public void Lint0SaysWhatBecomesOfThe8259(uint entry, bool isInterrupt, bool isNmi, byte vector)
    {
        WriteApic(Spurious, 0x1FF);
        WriteApic(Lint0, entry);
        InterruptRouting.SetLine(&Vm->Board, 3, true);
        Assert.Equal(isInterrupt, _machine.IsInterrupted);
        Assert.Equal(isNmi, _machine.Vcpu->Events.HasNmi);
        if (isInterrupt)
        {
            Assert.Equal(vector, InterruptRouting.Acknowledge(&Vm->Board));
        }
    }

    // A fixed interrupt comes with the rise of INTR, not for as long as it is high.
    [Fact]
    public void AFixedLint0ComesOncePerRise()
    {
        WriteApic(Spurious, 0x1FF);
        WriteApic(Lint0, 0x51);
        InterruptRouting.SetLine(&Vm->Board, 3, true);
        Assert.Equal(0x51, InterruptRouting.Acknowledge(&Vm->Board));
        WriteApic(EndOfInterrupt, 0);
        _machine.In(0x21);
        Assert.False(_machine.IsInterrupted);
        _machine.Out(0x20, 0x0C);
        Assert.Equal(0x83u, _machine.In(0x20));
        _machine.Out(0x20, 0x20);
        InterruptRouting.Pulse(&Vm->Board, 3);
        Assert.Equal(0x51, InterruptRouting.Acknowledge(&Vm->Board));
    }

    [Fact]
    public void ThePitHasInputTwo()
    {
        WriteApic(Spurious, 0x1FF);
        WriteEntry(2, 0x61);
        _machine.StartPit(1193);
        Assert.InRange(_machine.WaitForInterrupt(1_000_000), 90_000ul, 110_000ul);
        Assert.Equal(0x61, InterruptRouting.Acknowledge(&Vm->Board));
        WriteApic(EndOfInterrupt, 0);
        Assert.False(_machine.IsInterrupted);
        Assert.InRange(_machine.WaitForInterrupt(1_000_000), 90_000ul, 110_000ul);
    }

    [Fact]
    public void ALevelComesAgainUntilItIsLow()
    {
        WriteApic(Spurious, 0x1FF);
        WriteEntry(9, 0x8062);
        InterruptRouting.SetLine(&Vm->Board, 9, true);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(0x62, InterruptRouting.Acknowledge(&Vm->Board));
            Assert.False(_machine.IsInterrupted);
            WriteApic(EndOfInterrupt, 0);
            Assert.True(_machine.IsInterrupted);
        }

        Assert.Equal(0x62, InterruptRouting.Acknowledge(&Vm->Board));
        InterruptRouting.SetLine(&Vm->Board, 9, false);
        WriteApic(EndOfInterrupt, 0);
        Assert.False(_machine.IsInterrupted);
    }

    [Fact]
    public void TheHpetReachesInputsThatNoIsaLineHas()
    {
        WriteApic(Spurious, 0x1FF);
        WriteEntry(20, 0x63);
        _machine.WriteHpet(0x140, (20 << 9) | 0x04);
        _machine.WriteHpet(0x148, 10_000);
        _machine.WriteHpet(0x010, 1);
        Assert.InRange(_machine.WaitForInterrupt(1_000_000), 9000ul, 10_000ul);
        Assert.Equal(0x63, InterruptRouting.Acknowledge(&Vm->Board));
    }

    [Fact]
    public void OnlyWhoIsMeantHears()
    {
        WriteApic(Spurious, 0x1FF);
        WriteEntry(9, 0x0700_0000_0000_0062);
        InterruptRouting.SetLine(&Vm->Board, 9, true);
        Assert.False(_machine.IsInterrupted);
        WriteEntry(10, 0xFF00_0000_0000_0064);
        InterruptRouting.SetLine(&Vm->Board, 10, true);
        Assert.Equal(0x64, InterruptRouting.Acknowledge(&Vm->Board));
    }

    // The deadline is one of the guest's TSC: set back by 5 ms, it comes 5 ms later.
    [Fact]
    public void ADeadlineFollowsTheTsc()
    {
        WriteApic(Spurious, 0x1FF);
        WriteApic(0x320, 0x4_0065);
        Assert.True(_machine.Vm->Board.Apic->IsTscDeadlineMode);
        ApicAccess.SetTscDeadline(&Vm->Board, 1_000_000, 0);
        Assert.InRange(_machine.Vm->Board.Apic->Deadline, 999_000ul, 1_000_000ul);
        ulong before = _machine.Vm->Board.Apic->Deadline;
        ApicAccess.SetTscDeadline(&Vm->Board, 1_000_000, ulong.MaxValue - 499_999);
        Assert.Equal(before + 500_000, _machine.Vm->Board.Apic->Deadline);
    }

    private void WriteApic(uint register, uint value) =>
        Vm->Board.WriteMemory(new Gpa(0xFEE0_0000 + register), 4, value);

    private void WriteEntry(uint input, ulong value)
    {
        for (uint half = 0; half < 2; half++)
        {
            Vm->Board.WriteMemory(new Gpa(0xFEC0_0000), 4, 0x11 + (2 * input) - half);
            Vm->Board.WriteMemory(new Gpa(0xFEC0_0010), 4, (uint)(value >> (half == 0 ? 32 : 0)));
        }
    }
}
