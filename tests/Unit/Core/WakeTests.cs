// A guest that waits for a timer wakes when it is time: never before, as it can see by its own clock, and hardly after.

using System;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class WakeTests
{
    private const uint TimerEntry = 0x832, InitialCount = 0x838, Divide = 0x83E;
    private const ulong Vector = 0x41;
    private const ulong TscDeadlineMode = 2ul << 17;

    // A few readings of the clock.
    private const ulong Late = 100;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TimerWakesInTime(bool isTscDeadline)
    {
        const int Seed = 1, Times = 200;
        using var machine = new CoreMachine();
        machine.Config->Flags = VmFeatures.Pc;
        var random = new Random(Seed);
        machine.Guest.Handler = (guest, received) => Assert.Equal(Vector, received.Vector);
        machine.Guest.Then(guest =>
        {
            guest.Wrmsr((uint)Msr.ApicBase, 0xFEE0_0D00);
            guest.Wrmsr(0x80F, 0x1FF);
            guest.Wrmsr(Divide, 0xB);
            guest.Wrmsr(TimerEntry, Vector | (isTscDeadline ? TscDeadlineMode : 0));
            for (int i = 0; i < Times; i++)
            {
                // Nearer than the hypervisor's head start, and further.
                ulong ahead = 200 + (ulong)random.Next(i % 2 == 0 ? 4000 : 3_000_000);
                ulong deadline = guest.Rdtsc() + ahead;
                guest.Cli();
                guest.Wrmsr(isTscDeadline ? (uint)Msr.TscDeadline : InitialCount, isTscDeadline ? deadline : ahead);
                guest.Events.Clear();
                guest.Sti();
                guest.Hlt();
                while (guest.Events.Count == 0)
                {
                    guest.Spin(10_000_000);
                }

                ulong woken = guest.Rdtsc();
                ulong latest = deadline + Late + (ahead < GuestTime.EarlyTicks ? GuestTime.EarlyTicks : 0);
                Assert.True(
                    woken >= deadline && woken <= latest,
                    $"seed {Seed}, time {i}: {ahead} ticks, woken {(long)(woken - deadline)} after that");
            }

            guest.Cli();
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
    }
}
