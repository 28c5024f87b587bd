// A guest on several processors at the same time: that it really is, what reaches whom, and how it ends.

using System.Linq;
using System.Threading;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Scheduling;
using Xunit;
using static MinusOne.Tests.Unit.Crew.SpreadGuest;

namespace MinusOne.Tests.Unit.Crew;

public unsafe class SpreadTests
{
    private const int Count = 3;
    private const int Lives = 50;
    private const int Rounds = 10;

    // Each waits for a step of the others' without executing anything: none of them can be out of the guest meanwhile.
    [Fact]
    public void AllRunAtTheSameTime()
    {
        const int steps = 100;
        int[] progress = new int[Count];
        using CrewMachine crew = Machine(Count, (guest, number) => guest.Then(guest =>
        {
            Begin(guest, number, Count);
            Volatile.Write(ref progress[number], 1);
            Await(guest, () => Least(progress) >= 1);
            for (int step = 2; step < steps; step++)
            {
                Volatile.Write(ref progress[number], step);
                Assert.True(SpinWait.SpinUntil(() => Least(progress) >= step, 10_000));
            }

            Volatile.Write(ref progress[number], steps);
            Await(guest, () => Least(progress) == steps);
            EndOrPark(guest, number);
        }), SlowTicks);
        Finish(crew);
    }

    // Without a message it would come with the next slice.
    [Theory]
    [InlineData(SmpScript.Fixed, false)]
    [InlineData(SmpScript.Fixed, true)]
    [InlineData(SmpScript.Nmi, false)]
    [InlineData(SmpScript.Nmi, true)]
    public void WhatIsSentReachesOneThatRunsElsewhere(ulong message, bool halts)
    {
        int[] received = new int[Rounds + 2];
        ulong latest = 0;
        using CrewMachine crew = Machine(2, (guest, number) => guest.Then(guest =>
        {
            Begin(guest, number, 2);
            for (int round = 1; round <= Rounds; round++)
            {
                if (number == 0)
                {
                    Await(guest, () => Volatile.Read(ref received[0]) == round);
                    ulong sent = Cpu.ReadTsc();
                    Send(guest, 1, message);
                    Await(guest, () => Volatile.Read(ref received[round]) != 0);
                    latest = System.Math.Max(latest, Cpu.ReadTsc() - sent);
                    continue;
                }

                guest.Sti();
                guest.Nop();
                Volatile.Write(ref received[0], round);
                if (halts)
                {
                    guest.Exit(Exits.Hlt());
                }

                Await(guest, () => guest.Events.Count >= round);
                Assert.Equal(ActivityState.Active, guest.Activity);
                Volatile.Write(ref received[round], 1);
            }

            EndOrPark(guest, number);
        }), SlowTicks);
        Finish(crew);
        Assert.InRange(latest, 0ul, SlowTicks * 3_000);
    }

    // Each halts when it has sent what wakes the other: something is always on its way, and it is not the end.
    [Fact]
    public void TwoThatHaltWakeEachOther()
    {
        CrewMachine own = null;
        using CrewMachine crew = own = Machine(2, (guest, number) => guest.Then(guest =>
        {
            Begin(guest, number, 2);
            for (int round = 1; round <= Rounds; round++)
            {
                if (number == 0)
                {
                    Await(guest, () => Vm(own)->At(1)->IsHalted);
                    Send(guest, 1, SmpScript.Fixed);
                }

                guest.Sti();
                guest.Exit(Exits.Hlt());
                Await(guest, () => guest.Events.Count >= round);
                guest.Cli();
                if (number == 1)
                {
                    Send(guest, 0, SmpScript.Fixed);
                }
            }

            EndOrPark(guest, number);
        }), SlowTicks);
        Finish(crew);
    }

    [Fact]
    public void AnInitStopsOneThatRunsElsewhere()
    {
        int[] starts = new int[2];
        CrewMachine own = null;
        using CrewMachine crew = own = Machine(2, (guest, number) => guest.Then(guest =>
        {
            if (number == 1)
            {
                guest.Wrmsr(SmpScript.Base, 0xFEE0_0C00);
                while (true)
                {
                    Assert.Equal(0ul, guest.Rip & ~0x1Ful);
                    Volatile.Write(ref starts[0], starts[0] + 1);
                    guest.Rip = 0x77;
                    while (guest.Rip == 0x77)
                    {
                        guest.Spin(1);
                        Volatile.Write(ref starts[1], starts[1] + 1);
                    }
                }
            }

            Begin(guest, number, 2);
            for (int round = 1; round <= Rounds; round++)
            {
                Await(guest, () => Volatile.Read(ref starts[0]) == round);
                Send(guest, 1, SmpScript.Init);
                Await(guest, () => Volatile.Read(ref Vm(own)->At(1)->Slot) == Vcpu.NoSlot);
                int before = Volatile.Read(ref starts[1]);
                Thread.Sleep(2);
                Assert.Equal(before, Volatile.Read(ref starts[1]));
                Send(guest, 1, SmpScript.StartUp);
            }

            Await(guest, () => Volatile.Read(ref starts[0]) == Rounds + 1);
            PowerOff(guest);
        }), SlowTicks);
        Finish(crew);
    }

    // Each in turn ends it, while the others would go on for ever.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OneEndsItForAll(bool faults)
    {
        int[] ready = new int[Lives];
        using CrewMachine crew = Machine(Count, (guest, number) =>
        {
            for (int life = 0; life < Lives; life++)
            {
                int own = life;
                guest.Then(guest => Live(guest, number, own));
            }
        }, SlowTicks);
        crew.Core.Config->ExpectedEnd = faults ? GuestEnd.TripleFault : GuestEnd.PoweredOff;
        crew.Core.Config->Repeats = Lives - 1;
        string log = Finish(crew);
        Assert.Equal(Lives, log.Split("minusone: guest name=test end=").Length - 1);
        Assert.Equal(Lives, log.Split(" expected=yes").Length - 1);

        void Live(ScriptedGuest guest, int number, int life)
        {
            Begin(guest, number, Count);
            if (number != life % Count)
            {
                Park(guest, () => Interlocked.Increment(ref ready[life]));
                return;
            }

            Await(guest, () => Volatile.Read(ref ready[life]) == Count - 1);
            if (faults)
            {
                guest.TripleFault();
            }
            else
            {
                PowerOff(guest);
            }
        }
    }

    [Fact]
    public void AllHaltedForGoodIsTheEnd()
    {
        using CrewMachine crew = Machine(Count, (guest, number) =>
        {
            for (int life = 0; life < Lives; life++)
            {
                guest.Then(guest =>
                {
                    Begin(guest, number, Count);
                    guest.Exit(Exits.Hlt());
                    Await(guest, () => guest.Activity != ActivityState.Hlt);
                });
            }
        }, SlowTicks);
        crew.Core.Config->ExpectedEnd = GuestEnd.Halted;
        crew.Core.Config->Repeats = Lives - 1;
        Assert.Equal(Lives, Finish(crew).Split("end=halt expected=yes").Length - 1);
    }

    private static int[] s_steps;
    private static int s_holds;

    // What the monitor does to one of them holds all of them.
    [Fact]
    public void TheMonitorHoldsAll()
    {
        s_holds = 0;
        int[] steps = s_steps = new int[Count];
        CrewMachine own = null;
        using CrewMachine crew = own = Machine(Count, (guest, number) => guest.Then(guest =>
        {
            Begin(guest, number, Count);
            for (int round = 0; number != 0 || round < Rounds; round++)
            {
                Volatile.Write(ref steps[number], steps[number] + 1);
                guest.Spin(1);
                guest.Cpuid(0);
                if (number == 0)
                {
                    int[] before = [.. steps];
                    Await(guest, () => steps[1] > before[1] && steps[2] > before[2]);
                    Volatile.Write(ref own.Core.Machine->At(0)->IsAsked, true);
                    guest.Exit(Exits.Invd());
                }
            }

            PowerOff(guest);
        }), SlowTicks);
        crew.Core.Machine->Hooks.Asked = &Hold;
        Finish(crew);
        Assert.Equal(Rounds, s_holds);
    }

    private static void Hold(Vm* vm, Vcpu* vcpu, ulong now)
    {
        HostProcessor* own = vm->Processor;
        own->IsAsked = false;
        Standstill.Begin(own);
        int[] before = [.. s_steps];
        bool isOurs = vm->Processor == own;
        for (int i = vm->VcpuCount - 1; i >= 0; i--)
        {
            isOurs &= VcpuSwitch.To(vm->At(i)) && GuestState.Rip != ulong.MaxValue;
        }

        Thread.Sleep(2);
        s_holds += isOurs && before.SequenceEqual(s_steps) ? 1 : 0;
        isOurs &= VcpuSwitch.To(vcpu);
        Standstill.End(own);
    }

    private static int Least(int[] progress) => progress.Select((_, i) => Volatile.Read(ref progress[i])).Min();
}
