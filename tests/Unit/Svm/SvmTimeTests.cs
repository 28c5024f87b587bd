// Time on SVM: the host's timer ends slices and waits, and any other interrupt of the host is taken and forgotten.

using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Svm;

public sealed unsafe class SvmTimeTests
{
    private const uint TimerEntry = 0x832, InitialCount = 0x838, Divide = 0x83E;
    private const ulong Vector = 0x41;

    [Theory]
    [InlineData(nameof(Presets.Ryzen))]
    [InlineData(nameof(Presets.PlainSvm))]
    public void AGuestThatLoopsForEverIsFound(string preset)
    {
        using var scene = new SvmScene(preset);
        scene.Guest.Then(guest => guest.SpinForever());
        scene.Play(GuestEnd.NoProgress);
        Assert.InRange(Cpu.Soft.Tsc, Vm.MostIdleSeconds * 100_000_000, (Vm.MostIdleSeconds + 2) * 100_000_000);
    }

    // It is measured with nothing but two readings of a moment, between which an emulator may stand still.
    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void TheHostsTimerIsMeasuredAgainIfTheProcessorStoodStill(int stalled)
    {
        ulong ratio = Ratio(0);
        Assert.InRange(Ratio(stalled), ratio - (ratio / 100), ratio + (ratio / 100));
    }

    // Counted from the reading behind the beginning or, if negative, from that behind the end.
    private static ulong Ratio(int stalled)
    {
        using var scene = new SvmScene();
        SoftProcessor processor = scene.Core.Processor;
        int reads = 0;
        bool isOver = false;
        processor.Stall = () =>
        {
            bool isCounting = processor.Apic.Read(0x380) == uint.MaxValue;
            bool isAtEnd = isCounting && processor.Apic.Read(0x390) < uint.MaxValue - (1 << 20) - 2;
            reads += isCounting ? 1 : 0;
            bool isStalled = !isOver && (stalled > 0 ? reads == stalled : stalled < 0 && isAtEnd);
            isOver |= isStalled;
            return isStalled ? 1u << 24 : 0;
        };
        scene.Play(_ => { });
        Assert.Equal(stalled != 0, isOver);
        Assert.NotEqual(0u, SvmCpu.Processor.TimerRatio);
        return SvmCpu.Processor.TimerRatio;
    }

    // It waits in the host, for its timer, and is woken neither early nor much too late.
    [Theory]
    [InlineData(5_000ul)]
    [InlineData(300_000ul)]
    [InlineData(7_000_000ul)]
    public void AHaltedGuestWakesInTime(ulong ahead)
    {
        using var scene = new SvmScene();
        scene.Core.Config->Flags = VmFeatures.Pc;
        scene.Guest.Handler = (_, received) => Assert.Equal(Vector, received.Vector);
        scene.Play(guest =>
        {
            guest.Wrmsr((uint)Msr.ApicBase, 0xFEE0_0D00);
            guest.Wrmsr(0x80F, 0x1FF);
            guest.Wrmsr(Divide, 0xB);
            guest.Wrmsr(TimerEntry, Vector);
            ulong deadline = guest.Rdtsc() + ahead;
            guest.Cli();
            guest.Wrmsr(InitialCount, ahead);
            guest.Sti();
            guest.Hlt();
            while (guest.Events.Count == 0)
            {
                guest.Spin(1000);
            }

            ulong woken = guest.Rdtsc();
            Assert.InRange(woken, deadline, deadline + 20_000);
        });
    }

    // The host's: it is in service no longer when the guest goes on, and neither is the timer.
    [Fact]
    public void OtherInterruptsOfTheHostAreTaken()
    {
        using var scene = new SvmScene();
        scene.Play(guest =>
        {
            guest.Interrupt(0x60);
            guest.Interrupt(0x60);
            guest.Sti();
            guest.Interrupt(0x70);
            guest.Nop();
            guest.Spin(5_000_000);
            Assert.Empty(guest.Events);
            Assert.False(Cpu.Soft.Apic.IsPending);
        });
        Assert.Contains("every frame has come back", scene.Core.Log);
    }

    // Where entering takes longer than a slice; not where the guest has had its time and is where it was.
    [Fact]
    public void AGuestThatDoesNotMoveIsGivenMore()
    {
        using var scene = new SvmScene();
        scene.Play(guest =>
        {
            ref SvmProcessor processor = ref SvmCpu.Processor;
            processor.LeastTicks = 0;
            foreach (uint least in (uint[])[64, 192, 448])
            {
                SliceTimer.Arm(1);
                SliceTimer.Adapt(hasMoved: false);
                Assert.Equal(least, processor.LeastTicks);
            }

            SliceTimer.Arm(1);
            Assert.Equal(448u, processor.ArmedTicks);
            SliceTimer.Adapt(hasMoved: true);
            Assert.Equal(224u, processor.LeastTicks);
            SliceTimer.Arm(1_000_000);
            SliceTimer.Adapt(hasMoved: false);
            Assert.Equal(112u, processor.LeastTicks);
        });
    }

    // Below another hypervisor, whose interrupts may wait for ever while a guest has one exit after the other: those of
    // the short path, and those of the run loop, which has the timer's instead of an entry.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ATimerThatIsOverdueIsTakenWithoutItsInterrupt(bool isShort)
    {
        using SvmScene scene = Below();
        scene.Play(guest =>
        {
            int before = scene.Core.Processor.ShortExits;
            ulong slices = TimerExits(scene);
            for (int i = 0; i < 10_000; i++)
            {
                Cpu.Soft.Tsc += 1000;
                ulong rip = guest.Rip;
                Poll(guest, isShort);
                Assert.Equal(rip + 2, guest.Rip);
            }

            Assert.InRange(TimerExits(scene) - slices, 9ul, 11ul);
            Assert.InRange(scene.Core.Processor.ShortExits - before, isShort ? 9_980 : 0, isShort ? 9_995 : 20);
        });
    }

    // However soon it is due again, an instruction is executed in between.
    [Fact]
    public void AnOverdueTimerLetsTheGuestMove()
    {
        using SvmScene scene = Below();
        scene.Play(guest =>
        {
            scene.Vm->Board.TimeLimit = scene.Vm->Board.Alarm = Cpu.ReadTsc() + (1ul << 40);
            scene.Vm->Board.LeastTicks = 1;
            scene.Core.Processor.Stall = () => 1_000_000;
            ulong slices = TimerExits(scene);
            int entries = scene.Svm.Entries;
            for (int i = 0; i < 10; i++)
            {
                Poll(guest, isShort: false);
            }

            scene.Core.Processor.Stall = () => 0;
            Assert.Equal(10, scene.Svm.Entries - entries);
            Assert.Equal(10ul, TimerExits(scene) - slices);
        });
    }

    // Wherever between an exit and the next entry it becomes due: what the short path has left is done once.
    [Theory]
    [InlineData(nameof(Presets.Ryzen))]
    [InlineData(nameof(Presets.PlainSvm))]
    public void AnOverdueTimerDoesNothingTwice(string preset)
    {
        using SvmScene scene = Below(preset);
        scene.Play(guest =>
        {
            ulong slices = TimerExits(scene);
            for (int every = 1; every <= 7; every++)
            {
                int reads = 0;
                scene.Core.Processor.Stall = () => ++reads % every == 0 ? 1_000_000u : 0;
                for (int i = 0; i < 10; i++)
                {
                    ulong rip = guest.Rip;
                    Poll(guest, isShort: true);
                    Assert.Equal(rip + 2, guest.Rip);
                }
            }

            scene.Core.Processor.Stall = () => 0;
            Assert.InRange(TimerExits(scene) - slices, 20ul, 70ul);
        });
    }

    // On hardware VMRUN takes what is pending, and nobody looks at the clock for it.
    [Fact]
    public void AMachineOfItsOwnTakesTheInterruptItself()
    {
        using var scene = new SvmScene();
        scene.Svm.LeavesInterrupts = true;
        scene.Play(guest =>
        {
            ulong slices = TimerExits(scene);
            Cpu.Soft.Tsc += 10_000_000;
            Poll(guest, isShort: false);
            Poll(guest, isShort: true);
            Assert.Equal((0ul, 0ul), (SvmCpu.Processor.Due, TimerExits(scene) - slices));
        });
    }

    private static SvmScene Below(string preset = nameof(Presets.Ryzen))
    {
        var scene = new SvmScene(preset);
        CpuidResult leaf = scene.Core.Processor.CpuidLeaves[(1, 0)];
        leaf.Ecx |= 1u << 31;
        scene.Core.Processor.CpuidLeaves[(1, 0)] = leaf;
        scene.Svm.LeavesInterrupts = true;
        return scene;
    }

    private static void Poll(ScriptedGuest guest, bool isShort)
    {
        if (isShort)
        {
            guest.Cpuid(0);
        }
        else
        {
            guest.Invd();
        }
    }

    private static ulong TimerExits(SvmScene scene) =>
        scene.Vm->Counters.Exits((int)ExitReason.PreemptionTimerExpired);

    // What a guest waits for is not counted against it.
    [Fact]
    public void SlicesAreCounted()
    {
        using var scene = new SvmScene();
        ulong begin = 0;
        scene.Play(guest =>
        {
            begin = Cpu.Soft.Tsc;
            int entries = scene.Svm.Entries;
            guest.Spin(10_000_000);
            Assert.InRange(scene.Svm.Entries - entries, 9, 11);
            Assert.InRange(Cpu.Soft.Tsc - begin, 10_000_000ul, 10_100_000ul);
        });
    }
}
