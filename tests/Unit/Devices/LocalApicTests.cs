// The local APIC against a naive model of priorities, and its registers and timer against the manual.

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class LocalApicTests : IDisposable
{
    private const uint Enabled = 0x1FF;
    private const ulong X2Base = 0xFEE0_0D00;

    private readonly byte* _page = (byte*)NativeMemory.AllocZeroed(4096);
    private LocalApic _apic;

    public LocalApicTests()
    {
        _apic.Reset(_page, 0);
        Write(ApicRegister.SpuriousVector, Enabled);
    }

    public void Dispose() => NativeMemory.Free(_page);

    [Fact]
    public void PrioritiesAreThoseOfTheNaiveModel()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            _apic.Reset(_page, 0);
            Write(ApicRegister.SpuriousVector, Enabled);
            var requested = new SortedSet<int>();
            var inService = new SortedSet<int>();
            int task = 0;
            for (int step = 0; step < 500; step++)
            {
                string what = $"seed {seed}, step {step}";
                int highest = requested.Count == 0 ? 0 : requested.Max;
                int serviced = inService.Count == 0 ? 0 : inService.Max;
                bool waits = highest >> 4 > Math.Max(task >> 4, serviced >> 4);
                Assert.True(waits == _apic.Interrupt, what);
                switch (random.Next(4))
                {
                    case 0:
                        int vector = random.Next(16, 256);
                        _apic.Accept((uint)vector, isLevel: false);
                        requested.Add(vector);
                        break;
                    case 1 when waits:
                        Assert.True(highest == _apic.Acknowledge(), what);
                        requested.Remove(highest);
                        inService.Add(highest);
                        break;
                    case 2:
                        Assert.False(_apic.EndInterrupt(out byte ended), what);
                        Assert.True(serviced == ended, what);
                        inService.Remove(serviced);
                        break;
                    case 3:
                        task = random.Next(256);
                        Write(ApicRegister.TaskPriority, (uint)task);
                        break;
                }
            }
        }
    }

    [Fact]
    public void OnlyTheEndOfALevelInterruptIsPassedOn()
    {
        _apic.Accept(0x41, isLevel: true);
        _apic.Acknowledge();
        Assert.True(_apic.EndInterrupt(out byte vector));
        Assert.Equal(0x41, vector);
    }

    [Fact]
    public void DisabledBySoftwareItAcceptsNothingAndMasksItsEntries()
    {
        Write(ApicRegister.LvtTimer, 0x40);
        Write(ApicRegister.SpuriousVector, 0xFF);
        _apic.Accept(0x50, isLevel: false);
        Assert.False(_apic.Interrupt);
        Assert.Equal(0x1_0040u, Read(ApicRegister.LvtTimer));
        Assert.True(_apic.PassesPic);
    }

    [Fact]
    public void Lint0AsExternalInterruptPassesThe8259()
    {
        Assert.False(_apic.PassesPic);
        Write(ApicRegister.LvtLint0, 0x700);
        Assert.True(_apic.PassesPic);
        Write(ApicRegister.LvtLint0, 0x1_0700);
        Assert.False(_apic.PassesPic);
    }

    [Theory]
    [InlineData(ApicRegister.TaskPriority, 0x100u)]
    [InlineData(ApicRegister.SpuriousVector, 0x1000u)]
    [InlineData(ApicRegister.LvtTimer, 0x8_0000u)]
    [InlineData(ApicRegister.LvtError, 0x700u)]
    [InlineData(ApicRegister.LvtError, 0x4000u)]
    [InlineData(ApicRegister.LvtLint0, 0x800u)]
    [InlineData(ApicRegister.Divide, 0x4u)]
    [InlineData(ApicRegister.ErrorStatus, 1u)]
    [InlineData(ApicRegister.Version, 0u)]
    [InlineData(ApicRegister.LogicalDestination, 0u)]
    [InlineData(ApicRegister.DestinationFormat, 0u)]
    [InlineData(ApicRegister.CurrentCount, 0u)]
    internal void X2ModeRefusesWhatIsReserved(ApicRegister register, uint value)
    {
        _apic.SetBase(X2Base);
        Assert.False(_apic.TryWrite(register, value, 0));
    }

    // Linux and Xen set the delivery status and remote IRR when they hand the machine on. SDM 3A 12.5.1 Local Vector
    // Table.
    [Theory]
    [InlineData(ApicRegister.LvtTimer, 0x1000u)]
    [InlineData(ApicRegister.LvtThermal, 0x1000u)]
    [InlineData(ApicRegister.LvtPerformance, 0x1000u)]
    [InlineData(ApicRegister.LvtLint0, 0x5000u)]
    [InlineData(ApicRegister.LvtLint1, 0x5000u)]
    [InlineData(ApicRegister.LvtError, 0x1000u)]
    internal void X2ModeDropsWhatIsReadOnly(ApicRegister register, uint bits)
    {
        _apic.SetBase(X2Base);
        Assert.True(_apic.TryWrite(register, 0x1_0040 | bits, 0));
        Assert.Equal(0x1_0040u, Read(register));
    }

    [Fact]
    public void TheLogicalIdFollowsFromTheIdInX2Mode()
    {
        _apic.Reset(_page, 0x25);
        Assert.Equal(0x2500_0000u, Read(ApicRegister.Id));
        _apic.SetBase(X2Base);
        Assert.Equal((0x25u, 0x0002_0020u), (Read(ApicRegister.Id), Read(ApicRegister.LogicalDestination)));
    }

    [Fact]
    public void AOneShotExpiresOnce()
    {
        Write(ApicRegister.Divide, 0xB);
        Write(ApicRegister.LvtTimer, 0xF0);
        Write(ApicRegister.InitialCount, 1000, now: 50);
        Assert.Equal(1050ul, _apic.Deadline);
        Assert.Equal(400u, Read(ApicRegister.CurrentCount, now: 650));
        _apic.Elapse(1049);
        Assert.False(_apic.Interrupt);
        _apic.Elapse(1050);
        Assert.Equal((true, GuestClock.Never), (_apic.Interrupt, _apic.Deadline));
        Assert.Equal(0xF0, _apic.Acknowledge());
    }

    [Fact]
    public void PeriodsThatWereMissedCoalesceAndDoNotShift()
    {
        Write(ApicRegister.Divide, 0x3); // by 16
        Write(ApicRegister.LvtTimer, 0x2_0040);
        Write(ApicRegister.InitialCount, 10, now: 7);
        _apic.Elapse(7 + (160 * 5) + 3);
        Assert.Equal(7ul + (160 * 6), _apic.Deadline);
        Assert.Equal(0x40, _apic.Acknowledge());
        Assert.False(_apic.Interrupt);
    }

    [Fact]
    public void AMaskedTimerCountsButDoesNotInterrupt()
    {
        Write(ApicRegister.LvtTimer, 0x1_0040);
        Write(ApicRegister.InitialCount, 100);
        Assert.Equal(GuestClock.Never, _apic.Deadline);
        Assert.Equal(50u, Read(ApicRegister.CurrentCount, now: 100));
        Assert.Equal(0u, Read(ApicRegister.CurrentCount, now: 300));
        Assert.False(_apic.Interrupt);
    }

    [Fact]
    public void ATscDeadlineFiresOnceAndIsDisarmedByAnotherMode()
    {
        Write(ApicRegister.LvtTimer, 0x4_0041);
        _apic.SetTscDeadline(5000, 5000);
        Write(ApicRegister.InitialCount, 7);
        Assert.Equal((5000ul, 0u), (_apic.Deadline, Read(ApicRegister.CurrentCount)));
        _apic.Elapse(5000);
        Assert.Equal((true, 0ul), (_apic.Interrupt, _apic.TscDeadline));
        _apic.SetTscDeadline(9000, 9000);
        Write(ApicRegister.LvtTimer, 0x41);
        Assert.Equal((GuestClock.Never, 0ul), (_apic.Deadline, _apic.TscDeadline));
    }

    [Fact]
    public void ErrorsShowAfterAWriteOfTheStatus()
    {
        _apic.Accept(5, isLevel: false);
        Assert.Equal(0u, Read(ApicRegister.ErrorStatus));
        Write(ApicRegister.ErrorStatus, 0);
        Assert.Equal(0x40u, Read(ApicRegister.ErrorStatus));
    }

    // Divided by 16, a count lasts 16 ticks; at another speed a counter goes on from where it is.
    [Fact]
    public void TheCounterShowsCountsThatAreNotOver()
    {
        Write(ApicRegister.Divide, 0x3);
        Write(ApicRegister.LvtTimer, 0x40);
        Write(ApicRegister.InitialCount, 10);
        Assert.Equal(10u, Read(ApicRegister.CurrentCount, now: 15));
        Assert.Equal(9u, Read(ApicRegister.CurrentCount, now: 16));
        Assert.Equal(1u, Read(ApicRegister.CurrentCount, now: 159));
        Write(ApicRegister.Divide, 0x8, now: 64);
        Assert.Equal(6u, Read(ApicRegister.CurrentCount, now: 64));
        Assert.Equal(64ul + (6 * 32), _apic.Deadline);
    }

    [Fact]
    public void NothingStopsATimer()
    {
        Write(ApicRegister.LvtTimer, 0x40);
        Write(ApicRegister.InitialCount, 10);
        Write(ApicRegister.InitialCount, 0);
        Assert.Equal(GuestClock.Never, _apic.Deadline);
        Write(ApicRegister.LvtTimer, 0x4_0040);
        _apic.SetTscDeadline(5000, 5000);
        _apic.SetTscDeadline(0, 0);
        Assert.Equal(GuestClock.Never, _apic.Deadline);
    }

    [Fact]
    public void TurnedOffAndOnItIsAsAfterReset()
    {
        Write(ApicRegister.TaskPriority, 0x20);
        Write(ApicRegister.LvtTimer, 0x40);
        Write(ApicRegister.InitialCount, 10);
        _apic.Accept(0x41, isLevel: false);
        _apic.SetBase(0xFEE0_0100);
        _apic.SetBase(0xFEE0_0900);
        Assert.Equal((0u, 0x1_0000u), (Read(ApicRegister.TaskPriority), Read(ApicRegister.LvtTimer)));
        Assert.Equal((false, GuestClock.Never), (_apic.Interrupt, _apic.Deadline));
        Assert.Equal(0xFFu, Read(ApicRegister.SpuriousVector));
    }

    [Theory]
    [InlineData(0xFFFF_FFFFu, 0x12u, true)]
    [InlineData(0xFFFF_FFFFu, 0x22u, true)]
    [InlineData(0xFFFF_FFFFu, 0x21u, false)]
    [InlineData(0x0FFF_FFFFu, 0x12u, true)]
    [InlineData(0x0FFF_FFFFu, 0x22u, false)]
    [InlineData(0x0FFF_FFFFu, 0x11u, false)]
    [InlineData(0x0FFF_FFFFu, 0xFFu, true)]
    public void LogicalDestinationsAreFlatOrInClusters(uint format, uint destination, bool isMeant)
    {
        Write(ApicRegister.LogicalDestination, 0x1200_0000);
        Write(ApicRegister.DestinationFormat, format);
        Assert.Equal(isMeant, _apic.Matches(new InterruptMessage { Destination = destination, IsLogical = true }));
    }

    [Theory]
    [InlineData(0x0004_0051ul, true)]
    [InlineData(0xFFFF_FFFF_000C_CFFFul, true)]
    [InlineData(0x0000_1051ul, false)]
    [InlineData(0x0001_0051ul, false)]
    [InlineData(0x0010_0051ul, false)]
    public void ACommandHasReservedBits(ulong command, bool isCommand) =>
        Assert.Equal(isCommand, LocalApic.IsCommand(command));

    private void Write(ApicRegister register, uint value, ulong now = 0) =>
        Assert.True(_apic.TryWrite(register, value, now));

    private uint Read(ApicRegister register, ulong now = 0)
    {
        Assert.True(_apic.TryRead(register, now, out uint value));
        return value;
    }
}
