// Several guests on the software processor: who runs when, what each finds in its registers, and that the end of one is
// not the end of another. The model plays one script, whoever is entered: it sees the processor change under it.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using Xunit;

namespace MinusOne.Tests.Unit.Scheduling;

public sealed unsafe class RotationTests
{
    private const ulong Quantum = 200_000;

    [Fact]
    public void TheTimerTakesTheProcessorFromWhoLoops()
    {
        using var machine = new CoreMachine();
        var seen = new List<object>();
        machine.Guest.Then(guest =>
        {
            for (int i = 0; i < 5; i++)
            {
                seen.Add(guest.Vmcs);
                guest.Spin(Quantum);
            }

            guest.Exit(Exits.Hlt());
            guest.Exit(Exits.Hlt());
        });
        Assert.True(Run(machine), machine.Log);
        Assert.NotSame(seen[0], seen[1]);
        Assert.Equal([seen[0], seen[1], seen[0], seen[1], seen[0]], seen);
        Assert.Contains("guest 'one' ended", machine.Log);
        Assert.Contains("guest 'two' ended", machine.Log);
        Assert.Contains("every frame has come back", machine.Log);
    }

    [Fact]
    public void WhoPausesInALoopMakesWay()
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(guest =>
        {
            object first = guest.Vmcs;
            guest.Exit(Exits.Pause());
            Assert.NotSame(first, guest.Vmcs);
            guest.Exit(Exits.Hlt());
            Assert.Same(first, guest.Vmcs);
            guest.Exit(Exits.Pause());
            guest.Exit(Exits.Hlt());
        });
        Assert.True(Run(machine), machine.Log);
    }

    [Fact]
    public void OneThatCrashesLeavesTheOtherAlone()
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(Exits.TripleFault());
        machine.Guest.Then(guest =>
        {
            guest.Spin(10 * Quantum);
            guest.Exit(Exits.Hlt());
        });
        Assert.False(Run(machine));
        Assert.Contains("name=one end=triple-fault expected=no", machine.Log);
        Assert.Contains("name=two end=halt expected=yes", machine.Log);
    }

    [Fact]
    public void LinesSayWhoseTheyAre()
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(guest =>
        {
            guest.Out8(CoreMachine.SerialData, (byte)'a');
            guest.Exit(Exits.Pause());
            guest.Out8(CoreMachine.SerialData, (byte)'b');
            guest.Out8(CoreMachine.SerialData, (byte)'\n');
            guest.Exit(Exits.Hlt());
            guest.Out8(CoreMachine.SerialData, (byte)'c');
            guest.Exit(Exits.Hlt());
        });
        Assert.True(Run(machine), machine.Log);
        Assert.Equal("[1 one] a\r\n[2 two] b\n[1 one] c", machine.Console);
    }

    [Fact]
    public void ASceneIsPlayedAgain()
    {
        using var machine = new CoreMachine();
        machine.Config->Repeats = 2;
        machine.Guest.Then(Exits.Hlt()).Then(Exits.Hlt()).Then(Exits.Hlt());
        Assert.True(machine.Run(), machine.Log);
        Assert.Equal(3, machine.Log.Split("minusone: guest name=test end=halt").Length - 1);
    }

    [Fact]
    public void TimeRunsOut()
    {
        using var machine = new CoreMachine();
        machine.Config->Milliseconds = 3;
        machine.Config->ExpectedEnd = GuestEnd.TimedOut;
        machine.Guest.Then(guest => guest.SpinForever());
        Assert.True(machine.Run(), machine.Log);
        Assert.InRange(machine.Processor.Tsc, 300_000ul, 400_000ul);
    }

    // Its timer is due while the other has its turn. That one may have one more quantum.
    [Fact]
    public void WhoWaitsIsWokenInTime()
    {
        const ulong Wait = 50_000;
        using var machine = new CoreMachine();
        machine.Config->Flags = VmFeatures.Pc;
        object woken = null;
        ulong passed = 0;
        machine.Guest.Handler = (guest, _) => woken = guest.Vmcs;
        machine.Guest.Then(guest =>
        {
            object first = guest.Vmcs;
            guest.Wrmsr((uint)Msr.ApicBase, 0xFEE0_0D00);
            guest.Wrmsr(0x80F, 0x1FF);
            guest.Wrmsr(0x832, (2 << 17) | 0x41);
            guest.Wrmsr((uint)Msr.TscDeadline, guest.Rdtsc() + Wait);
            guest.Rflags |= (ulong)Rflags.InterruptEnable;
            guest.Exit(Exits.Hlt());
            Assert.NotSame(first, guest.Vmcs);
            for (; woken == null && passed < 10 * Quantum; passed += 1000)
            {
                guest.Spin(1000);
            }

            Assert.Same(first, woken);
            Assert.InRange(passed, Wait / 2, Wait + (2 * Quantum));
            for (int i = 0; i < 2; i++)
            {
                guest.Rflags &= ~(ulong)Rflags.InterruptEnable;
                guest.Exit(Exits.Hlt());
            }
        });
        Assert.True(Run(machine), machine.Log);
    }

    [Fact]
    public void SixtyFourGuestsAreThereAtTheSameTime()
    {
        using var machine = new CoreMachine(frames: 1200);
        string[] names = [.. Enumerable.Range(1, VmSlots.Most).Select(number => $"guest{number}")];
        machine.Guest.Then(guest =>
        {
            for (int i = 0; i < VmSlots.Most; i++)
            {
                guest.Exit(Exits.Pause());
            }

            for (int i = 0; i < VmSlots.Most; i++)
            {
                guest.Exit(Exits.Hlt());
            }
        });
        machine.Settings = machine.Settings with { AreTogether = true };
        Assert.Equal(0u, machine.Run(string.Join(' ', names), machine.Programs(names)));
        Assert.All(names, name => Assert.Contains($"name={name} end=halt expected=yes", machine.Log));
    }

    private static bool Run(CoreMachine machine)
    {
        machine.Settings = machine.Settings with { AreTogether = true };
        return machine.Run("one two", machine.Programs("one", "two")) == 0;
    }
}
