using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace MinusOne.Tests.Unit.Scheduling;

public sealed class SchedulerTests
{
    private const ulong Quantum = 1000;

    [Fact]
    public void NobodyIsThere()
    {
        var scheduler = new Scheduler { Quantum = Quantum };
        Assert.Equal(Scheduler.None, scheduler.Running);
        Assert.Equal(Scheduler.None, scheduler.Next(0));
    }

    [Fact]
    public void EqualWeightsTakeTurns()
    {
        Scheduler scheduler = Make(1, 1, 1);
        Assert.Equal([0, 1, 2, 0, 1, 2, 0], Turns(ref scheduler, 7).Select(turn => turn.Slot));
        Assert.Equal(3u, scheduler[0].Account.Slices);
        Assert.Equal(3u, scheduler[0].Account.Preemptions);
    }

    [Fact]
    public void WeightIsTheLengthOfATurn()
    {
        Scheduler scheduler = Make(3, 1);
        Assert.Equal([(0, 3000ul), (1, 1000ul), (0, 3000ul), (1, 1000ul)], Turns(ref scheduler, 4));
    }

    // Each slice ends late by as much as it lasts; the shares hold all the same.
    [Theory]
    [InlineData(1u, 1u, 1000ul)]
    [InlineData(3u, 1u, 1500ul)]
    [InlineData(1u, 7u, 333ul)]
    public void ALateEndIsMadeUpFor(uint first, uint second, ulong late)
    {
        Scheduler scheduler = Make(first, second);
        ulong now = 0;
        for (int i = 0; i < 10_000; i++)
        {
            int slot = scheduler.Next(now);
            now = scheduler.SliceEnd + (slot == 0 ? late : 0);
            scheduler.Preempt(now);
        }

        double share = scheduler[0].Account.Run / (double)now;
        Assert.InRange(share, (first / (double)(first + second)) - 0.001, (first / (double)(first + second)) + 0.001);
    }

    // Three of a group against one that is alone: half for each side while all run, and for a single one of the three.
    [Theory]
    [InlineData(3, 0.5)]
    [InlineData(1, 0.5)]
    public void AGroupHasTheShareOfOne(int awake, double due)
    {
        Scheduler scheduler = new() { Quantum = Quantum };
        ulong now = 0;
        int alone = scheduler.Add(1, now);
        for (int i = 0; i < 3; i++)
        {
            scheduler.Add(1, now, group: 7);
        }

        for (int i = 0; i < 10_000; i++)
        {
            int slot = scheduler.Next(now);
            if (slot > awake)
            {
                scheduler.Wait(now);
                continue;
            }

            now = scheduler.SliceEnd;
            scheduler.Preempt(now);
        }

        Assert.InRange(scheduler[alone].Account.Run / (double)now, due - 0.01, due + 0.01);
    }

    // With nobody else about, each has a whole turn.
    [Fact]
    public void AGroupAmongItselfDividesNothing()
    {
        Scheduler scheduler = new() { Quantum = Quantum };
        scheduler.Add(1, 0, group: 7);
        scheduler.Add(1, 0, group: 7);
        Assert.Equal([(0, 1000ul), (1, 1000ul), (0, 1000ul)], Turns(ref scheduler, 3));
    }

    [Fact]
    public void WhoWaitsIsPassedOverUntilItIsWoken()
    {
        Scheduler scheduler = Make(1, 1);
        Assert.Equal(0, scheduler.Next(0));
        scheduler.Wait(100);
        Assert.Equal(1, scheduler.Next(100));
        scheduler.Preempt(1100);
        Assert.Equal(1, scheduler.Next(1100));
        scheduler.Wake(0, 1500);
        scheduler.Wake(0, 1600);
        scheduler.Preempt(2100);
        Assert.Equal(0, scheduler.Next(2100));
        Assert.Equal((100ul, 600ul, 1400ul), Times(ref scheduler, 0));
    }

    [Fact]
    public void WhoYieldsGoesBehindTheOthersAndLosesItsRest()
    {
        Scheduler scheduler = Make(1, 1);
        scheduler.Next(0);
        scheduler.Yield(10);
        Assert.Equal(1, scheduler.Next(10));
        scheduler.Yield(20);
        Assert.Equal(0, scheduler.Next(20));
        Assert.Equal(20 + Quantum, scheduler.SliceEnd);
        Assert.Equal(0u, scheduler[0].Account.Preemptions);
    }

    [Fact]
    public void WhoIsAloneIsNotPreemptedAndOwesNothing()
    {
        Scheduler scheduler = Make(1);
        scheduler.Next(0);
        scheduler.Preempt(50_000);
        Assert.Equal(0, scheduler.Next(50_000));
        Assert.Equal(51_000ul, scheduler.SliceEnd);
        Assert.Equal(0u, scheduler[0].Account.Preemptions);
    }

    [Fact]
    public void DebtHasALimit()
    {
        Scheduler scheduler = Make(1, 1);
        scheduler.Next(0);
        scheduler.Preempt(1_000_000_000);
        Assert.Equal(1001, Turns(ref scheduler, 1100, 1_000_000_000).TakeWhile(turn => turn.Slot == 1).Count());
    }

    [Fact]
    public void TimeThatIsSkippedIsNobodys()
    {
        Scheduler scheduler = Make(1, 1);
        scheduler.Next(0);
        scheduler.Skip(70_000);
        scheduler.Preempt(70_500);
        Assert.Equal((500ul, 0ul, 0ul), Times(ref scheduler, 0));
    }

    [Fact]
    public void ThereIsRoomForSoManyAndNoMore()
    {
        Scheduler scheduler = Make([.. Enumerable.Repeat(1u, Scheduler.Most)]);
        Assert.Equal(Scheduler.None, scheduler.Add(1, 0));
        scheduler.Remove(5, 0);
        Assert.Equal(5, scheduler.Add(1, 0));
    }

    // Any calls in any order, against a list of what is ready: the order of turns is that of a queue, and every tick of
    // everybody's life is counted once.
    [Fact]
    public void AnyCallsInAnyOrderKeepTheQueueAndTheTime()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            Assert.True(Play(seed, out string first), $"seed {seed}: {first}");
            Play(seed, out string second);
            Assert.Equal(first, second);
        }
    }

    private static bool Play(int seed, out string story)
    {
        var play = new SchedulerPlay(seed);
        for (int step = 0; step < 500; step++)
        {
            if (!play.Step())
            {
                story = play.Story;
                return false;
            }
        }

        story = play.Story;
        return true;
    }

    private static Scheduler Make(params uint[] weights)
    {
        var scheduler = new Scheduler { Quantum = Quantum };
        foreach (uint weight in weights)
        {
            scheduler.Add(weight, 0);
        }

        return scheduler;
    }

    private static List<(int Slot, ulong Ticks)> Turns(ref Scheduler scheduler, int count, ulong now = 0)
    {
        var turns = new List<(int, ulong)>();
        for (int i = 0; i < count; i++)
        {
            int slot = scheduler.Next(now);
            turns.Add((slot, scheduler.SliceEnd - now));
            now = scheduler.SliceEnd;
            scheduler.Preempt(now);
        }

        return turns;
    }

    private static (ulong Run, ulong Wait, ulong Idle) Times(ref Scheduler scheduler, int slot)
    {
        SliceAccount account = scheduler[slot].Account;
        return (account.Run, account.Wait, account.Idle);
    }
}
