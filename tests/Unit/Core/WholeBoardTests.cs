// Guests on the whole board through the run loop: they program a timer, halt, spin or keep the hypervisor busy, and are
// interrupted on time, as often as they should be, by way of the 8259 pair and of the local APIC.

using System.Collections.Generic;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public unsafe class WholeBoardTests
{
    private const byte Vector = 0x40;
    private const uint Base = 0x1B, Spurious = 0x80F, EndOfInterrupt = 0x80B, InService = 0x812, Request = 0x822;
    private const uint LvtTimer = 0x832, InitialCount = 0x838, Divide = 0x83E, TscDeadline = 0x6E0, TimeStamp = 0x10;
    private const uint Periodic = 0x2_0000, Deadline = 0x4_0000;

    // What an exit may cost beside the guest's own time.
    private const ulong Slack = 2000;

    private readonly List<ulong> _times = [];
    private readonly List<byte> _vectors = [];

    [Fact]
    public void AHaltedGuestIsWokenByItsTimer()
    {
        using CoreMachine machine = Pc();
        machine.Guest.Then(guest =>
        {
            TurnApicOn(guest);
            StartTimer(guest, Vector, 5_000_000);
            ulong start = machine.Processor.Tsc;
            guest.Sti();
            guest.Hlt();
            guest.Spin(1_000_000_000);
            Assert.Equal(ActivityState.Active, guest.Activity);
            ulong time = Assert.Single(_times);
            Assert.InRange(time - start, 5_000_000 - Slack, 5_000_000 + Slack);
            Assert.Equal(0u, (uint)guest.Rdmsr(InService) | (uint)guest.Rdmsr(Request));
            guest.Cli();
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        machine.Guest.AssertFinished();
        Assert.Equal([Vector], _vectors);
    }

    // 100 ticks in 100 ms and a half, whatever the guest does meanwhile.
    [Theory]
    [InlineData("spins")]
    [InlineData("halts")]
    [InlineData("exits")]
    public void EveryTickComesOnce(string manner)
    {
        using CoreMachine machine = Pc();
        machine.Guest.Then(guest =>
        {
            TurnApicOn(guest);
            StartTimer(guest, Periodic | Vector, 100_000);
            ulong start = machine.Processor.Tsc;
            TurnInterruptsOn(guest);
            while (machine.Processor.Tsc - start < 10_050_000)
            {
                ulong left = 10_050_000 - (machine.Processor.Tsc - start);
                switch (manner)
                {
                    case "spins":
                        guest.Spin(left);
                        break;
                    case "halts" when _times.Count < 100:
                        guest.Hlt();
                        guest.Spin(left);
                        break;
                    case "halts":
                        guest.Spin(left);
                        break;
                    default:
                        guest.Cpuid(0);
                        guest.Spin(700);
                        break;
                }
            }

            guest.Cli();
            guest.Hlt();
            for (int i = 0; i < _times.Count; i++)
            {
                ulong due = start + (100_000 * ((ulong)i + 1));
                Assert.InRange(_times[i], due - Slack, due + Slack);
            }
        });
        Assert.True(machine.Run(), machine.Log);
        Assert.Equal(100, _times.Count);
    }

    [Fact]
    public void ThePitComesThroughThe8259()
    {
        using CoreMachine machine = Pc();
        machine.Guest.Then(guest =>
        {
            (ushort, byte, byte)[] chips = [(0x20, 8, 4), (0xA0, 0x70, 2)];
            foreach ((ushort port, byte vector, byte cascade) in chips)
            {
                guest.Out8(port, 0x11);
                guest.Out8((ushort)(port + 1), vector);
                guest.Out8((ushort)(port + 1), cascade);
                guest.Out8((ushort)(port + 1), 1);
            }

            guest.Out8(0x43, 0x34);
            guest.Out8(0x40, 0xA9);
            guest.Out8(0x40, 0x04);
            TurnInterruptsOn(guest);
            guest.Spin(1_050_000);
            guest.Cli();
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        Assert.Equal(new byte[] { 8, 8, 8, 8, 8, 8, 8, 8, 8, 8 }, _vectors);
    }

    // Expiries that come while interrupts are off are one: IRR has a bit, not a queue.
    [Fact]
    public void ExpiriesThatWaitAreOne()
    {
        using CoreMachine machine = Pc();
        machine.Guest.Then(guest =>
        {
            TurnApicOn(guest);
            StartTimer(guest, Periodic | Vector, 100_000);
            guest.Spin(1_000_000);
            Assert.Equal(1u, (uint)guest.Rdmsr(Request));
            guest.Wrmsr(InitialCount, 0);
            guest.Sti();
            guest.Nop();
            guest.Nop();
            guest.Cli();
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        Assert.Single(_times);
    }

    // The deadline is one of the guest's TSC: where that is set back, it comes later.
    [Fact]
    public void ADeadlineFollowsTheTimeStampCounter()
    {
        using CoreMachine machine = Pc();
        machine.Guest.Then(guest =>
        {
            TurnApicOn(guest);
            guest.Wrmsr(LvtTimer, Deadline | Vector);
            ulong now = guest.Rdtsc();
            guest.Wrmsr(TscDeadline, now + 1_000_000);
            guest.Wrmsr(TimeStamp, now - 2_000_000);
            TurnInterruptsOn(guest);
            guest.Spin(2_900_000);
            Assert.Empty(_times);
            guest.Spin(200_000);
            Assert.Single(_times);
            Assert.Equal(0ul, guest.Rdmsr(TscDeadline));
            guest.Cli();
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
    }

    // A tick of the timer's each tick of the bus: the guest gets on all the same.
    [Fact]
    public void ATinyPeriodDoesNotStopTheGuest()
    {
        using CoreMachine machine = Pc();
        machine.Guest.Then(guest =>
        {
            TurnApicOn(guest);
            StartTimer(guest, Periodic | Vector, 1);
            TurnInterruptsOn(guest);
            guest.Spin(1_000_000);
            guest.Cli();
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        Assert.InRange(_times.Count, 100, 2500);
    }

    // Nothing is on its way: the end. (A masked timer is nothing.)
    [Fact]
    public void AGuestThatNothingWakesHasEnded()
    {
        using CoreMachine machine = Pc();
        machine.Guest.Then(guest =>
        {
            TurnApicOn(guest);
            StartTimer(guest, 0x1_0000 | Vector, 1000);
            guest.Sti();
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        Assert.Contains("HLT with nothing left that could wake it", machine.Log);
    }

    private protected virtual bool HasPlainApic => false;

    private CoreMachine Pc()
    {
        var machine = new CoreMachine();
        machine.Settings = machine.Settings with { HasPlainApic = HasPlainApic };
        machine.Config->Flags = VmFeatures.Pc;
        machine.Guest.Handler = (guest, received) =>
        {
            _times.Add(machine.Processor.Tsc);
            _vectors.Add((byte)received.Information);
            if ((byte)received.Information < 0x20)
            {
                guest.Out8(0x20, 0x20);
            }
            else
            {
                guest.Wrmsr(EndOfInterrupt, 0);
            }
        };
        return machine;
    }

    private static void TurnApicOn(ScriptedGuest guest)
    {
        guest.Wrmsr(Base, guest.Rdmsr(Base) | 0x400);
        guest.Wrmsr(Spurious, 0x1FF);
    }

    // And the instruction behind STI is over.
    private static void TurnInterruptsOn(ScriptedGuest guest)
    {
        guest.Sti();
        guest.Nop();
    }

    private static void StartTimer(ScriptedGuest guest, uint entry, uint count)
    {
        guest.Wrmsr(Divide, 0xB);
        guest.Wrmsr(LvtTimer, entry);
        guest.Wrmsr(InitialCount, count);
    }
}
