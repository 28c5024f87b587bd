// The exits of a guest, recorded by the house and read back by the host's tool: what the guest did is what is read.

extern alias runner;

using System;
using System.Linq;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using runner::MinusOne.Ovmf.Runner.Traces;
using Xunit;

namespace MinusOne.Tests.Unit.Traces;

public sealed unsafe class TraceStreamTests
{
    private static readonly ExitFilter s_all = new() { IsOn = true, LastRip = ulong.MaxValue };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EveryExitIsRead(bool isAmd)
    {
        using CoreMachine machine = Machine(s_all, isAmd);
        machine.Guest.Then(Work);
        Assert.True(machine.Run(), machine.Log);
        TraceData data = Read();
        Assert.Equal(isAmd, data.IsSvm);
        Assert.Equal(100_000_000ul, data.Hertz);
        Assert.False(data.IsCut);
        TraceGuest guest = Assert.Single(data.Guests);
        Assert.Equal(("test", 1, "halt"), (guest.Name, guest.Processors, guest.Ending));
        Assert.Equal(
            ["CPUID", "I/O instruction", isAmd ? "nested page fault" : "EPT violation", "HLT"],
            data.Exits.Select(exit => ExitWords.Reason(exit.Reason, isAmd)));
        Assert.Equal(
            ["leaf 80000000", "OUT 2 to 01F0: BEEF", "read 8000"],
            data.Exits.Take(3).Select(exit => ExitWords.Subject(exit, isAmd)));
        Assert.Equal(["went on", "went on", "entered", "ended"], data.Exits
            .Select(exit => ExitWords.Then((runner::MinusOne.Hv.Exits.Verdict)exit.Verdict)));
        Assert.Equal(0x1000ul, data.Exits[0].Rip);
        Assert.Equal(0x1002ul, data.Exits[1].Rip);
        Assert.True(data.Exits.Zip(data.Exits.Skip(1)).All(pair => pair.First.Time <= pair.Second.Time));
    }

    // More than the ring holds: none is lost, and none comes twice.
    [Fact]
    public void NoneIsLost()
    {
        using CoreMachine machine = Machine(s_all, isAmd: false);
        machine.Guest.Then(guest =>
        {
            for (uint i = 0; i < 100; i++)
            {
                guest.Cpuid(0x4000_0000 + i);
            }

            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        TraceData data = Read();
        Assert.Equal(101, data.Exits.Count);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => 0x4000_0000ul + (ulong)i),
            data.Exits.Take(100).Select(exit => exit.Subject));
    }

    [Fact]
    public void AFilterLeavesTheOthersOut()
    {
        ExitFilter filter = s_all;
        filter.LeaveAllOut();
        filter.Take((uint)ExitReason.Cpuid);
        filter.FirstRip = 0x1001;
        using CoreMachine machine = Machine(filter, isAmd: false);
        machine.Guest.Then(guest =>
        {
            guest.Cpuid(1);
            guest.Out16(0x1F0, 1);
            guest.Cpuid(2);
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        Assert.Equal(2ul, Assert.Single(Read().Exits).Subject);
    }

    // The guest does not notice, and it is said once. What went out is read.
    [Fact]
    public void APortThatTakesNothingIsGivenUp()
    {
        using CoreMachine machine = Machine(s_all, isAmd: false);
        Host.Room.MostRecorded = 40;
        machine.Guest.Then(Work);
        Assert.True(machine.Run(), machine.Log);
        Assert.Equal(2, machine.Log.Split("the trace ends here").Length);
        TraceData data = Read();
        Assert.True(data.IsCut);
        Assert.InRange(data.Exits.Count, 1, 3);
    }

    [Fact]
    public void NobodyRecordsUnasked()
    {
        using CoreMachine machine = Machine(default, isAmd: false);
        machine.Guest.Then(Work);
        Assert.True(machine.Run(), machine.Log);
        Assert.Empty(Host.Written((Output)byte.MaxValue));
        Assert.True(machine.Processor.ShortExits > 0);
    }

    private static void Work(ScriptedGuest guest)
    {
        guest.Cpuid(0x8000_0000, 3);
        guest.Out16(0x1F0, 0xBEEF);
        guest.Read8(new Gpa(0x8000));
        guest.Hlt();
    }

    private static CoreMachine Machine(ExitFilter filter, bool isAmd)
    {
        var machine = new CoreMachine(isAmd ? Presets.Ryzen() : null);
        Host.Written((Output)byte.MaxValue).Clear();
        Host.Room.Recorded = 0;
        Host.Room.MostRecorded = int.MaxValue;
        machine.Settings = machine.Settings with { Record = filter };
        return machine;
    }

    private static TraceData Read() => TraceReader.Read([.. Host.Written((Output)byte.MaxValue)], "test");
}
