// The 8254: random programs against a model that is clocked tick by tick, in all modes, and what the model does not
// know - formats, latches, BCD, port 0x61, and time that jumps.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed class PitTests
{
    private const uint Control = 3;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void EveryModeAgreesWithTheClockedModel(int mode)
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            Pit pit = default;
            var model = new NaivePitChannel(0, true) { Gate = false };
            ulong tick = 0;
            for (int step = 0; step < 60; step++)
            {
                ulong now = At(tick);
                string told = Act(random, ref pit, ref model, mode, step, now);
                string state = $"seed {seed}, step {step}, tick {tick}, {told}";
                Assert.True(Output(ref pit, now) == model.Output, state);
                Assert.True(Count(ref pit, now) == (ushort)model.Element, state);
                Assert.True(Status(ref pit, now) == ((model.Output ? 0x80 : 0) | (model.Null ? 0x40 : 0)), state);
                for (int ticks = random.Next(step % 10 == 0 ? 400 : 30); ticks > 0; ticks--)
                {
                    model.Tick();
                    tick++;
                }

                Assert.True(Output(ref pit, At(tick)) == model.Output, state + " later");
            }
        }
    }

    // The deadline is the tick at which the model's output rises, and however late, it is one edge.
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void TheDeadlineIsTheNextRise(int mode)
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            Pit pit = default;
            ulong tick = (ulong)random.Next(1000);
            var model = new NaivePitChannel(mode, true);
            pit.Write(Control, (byte)(0x30 | (mode << 1)), At(tick));
            Assert.Equal(ulong.MaxValue, pit.Deadline);
            for (int step = 0; step < 20; step++)
            {
                Load(0, random.Next(2, 50), ref pit, model, At(tick));
                pit.TakeEdge();
                model.TakeRise();
                ulong deadline = pit.Deadline;
                int ticks = random.Next(200);
                for (int i = 0; i < ticks; i++)
                {
                    bool rises = PlatformClock.ToPit(deadline) == ++tick
                        && PlatformClock.ToPit(deadline - 1) == tick - 1;
                    model.Tick();
                    bool rose = model.TakeRise();
                    pit.Elapse(At(tick));
                    Assert.True(rose == rises && rose == pit.TakeEdge(), $"seed {seed}, step {step}, {i} of {ticks}");
                    deadline = pit.Deadline;
                    Assert.True(deadline > At(tick)
                        || deadline == ulong.MaxValue, $"seed {seed}, step {step}, {i}: {deadline}");
                }
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void LateTicksAreOneEdgeAndNoDrift(int mode)
    {
        Pit pit = default;
        pit.Write(Control, (byte)(0x30 | (mode << 1)), 0);
        pit.Write(0, 0x9C, 0);
        pit.Write(0, 0x2E, 0);
        ulong periods = 3_153_600_000ul * 1_193_182 / 11_932;
        pit.Elapse(PlatformClock.FromPit(1 + (periods * 11_932)) - 1);
        Assert.True(pit.TakeEdge());
        Assert.False(pit.TakeEdge());
        Assert.Equal(PlatformClock.FromPit(1 + (periods * 11_932)), pit.Deadline);
        pit.Elapse(pit.Deadline);
        Assert.True(pit.TakeEdge());
        Assert.True(pit.Interrupt);
    }

    [Fact]
    public void InterruptOnTerminalCountHoldsTheLine()
    {
        Pit pit = default;
        pit.Write(Control, 0x10, 0);
        Assert.False(pit.Interrupt);
        pit.Write(0, 100, 0);
        pit.Elapse(pit.Deadline - 1);
        Assert.False(pit.Interrupt || pit.TakeEdge());
        pit.Elapse(pit.Deadline);
        Assert.True(pit.Interrupt && pit.TakeEdge());
        Assert.Equal(ulong.MaxValue, pit.Deadline);
        pit.Write(0, 100, At(500));
        Assert.False(pit.Interrupt);
    }

    [Fact]
    public void BinaryCodedDecimalsCountDown()
    {
        Pit pit = default;
        pit.Write(Control, 0xB1, 0);
        pit.WriteSystemControl(1, 0);
        pit.Write(2, 0x00, 0);
        pit.Write(2, 0x10, 0);
        Assert.Equal(0x0999, Count(ref pit, At(2)));
        Assert.Equal(0x0100, Count(ref pit, At(901)));
        Assert.Equal(0x9999, Count(ref pit, At(1002)));
        pit.Write(Control, 0xB5, At(2000));
        pit.Write(2, 0, At(2000));
        pit.Write(2, 0, At(2000));
        Assert.Equal(0x0000, Count(ref pit, At(2001)));
        Assert.Equal(0x9999, Count(ref pit, At(2002)));
        Assert.Equal(0x0000, Count(ref pit, At(12_001)));
        pit.Write(2, 0xFF, At(20_000));
        pit.Write(2, 0xFF, At(20_000));
        Assert.True(Count(ref pit, At(90_000)) <= 0x9999);
    }

    [Fact]
    public void FormatsChooseTheBytes()
    {
        Pit pit = default;
        pit.Write(Control, 0x14, 0);
        pit.Write(0, 0x80, 0);
        Assert.Equal(0x7F, pit.Read(0, At(2)));
        Assert.Equal(0x7F, pit.Read(0, At(2)));
        pit.Write(Control, 0x24, At(10));
        pit.Write(0, 0x80, At(10));
        Assert.Equal(0x7F, pit.Read(0, At(12)));
        pit.Write(Control, 0x34, At(20));
        pit.Write(0, 0x01, At(20));
        pit.Write(0, 0x80, At(20));
        Assert.Equal(0x00, pit.Read(0, At(22)));
        Assert.Equal(0x80, pit.Read(0, At(22)));
        Assert.Equal(0xFF, pit.Read(Control, At(22)));
    }

    [Fact]
    public void ALatchHoldsUntilItIsRead()
    {
        Pit pit = default;
        pit.Write(Control, 0x34, 0);
        pit.Write(0, 0x00, 0);
        pit.Write(0, 0x10, 0);
        pit.Write(Control, 0x00, At(2));
        pit.Write(Control, 0x00, At(500));
        pit.Write(Control, 0xC2, At(600));
        Assert.Equal(0xB4, pit.Read(0, At(700)));
        Assert.Equal(0xFF, pit.Read(0, At(700)));
        Assert.Equal(0x0F, pit.Read(0, At(700)));
        Assert.Equal(0x0CFF, pit.Read(0, At(770)) | (pit.Read(0, At(770)) << 8));
        pit.Write(Control, 0x00, At(800));
        pit.Write(Control, 0x14, At(800));
        pit.Write(0, 5, At(800));
        Assert.Equal(4, pit.Read(0, At(802)));
    }

    [Fact]
    public void ReadBackLatchesSeveralAtOnce()
    {
        Pit pit = default;
        for (uint channel = 0; channel < 3; channel++)
        {
            pit.Write(Control, (byte)(0x10 | (channel << 6)), 0);
            pit.Write(channel, (byte)(100 + channel), 0);
        }

        pit.WriteSystemControl(1, 0);
        pit.Write(Control, 0xD6, At(11));
        Assert.Equal(90, pit.Read(0, At(50)));
        Assert.Equal(91, pit.Read(1, At(60)));
        Assert.Equal(102 - 69, pit.Read(2, At(70)));
    }

    [Fact]
    public void TheSystemPortShowsRefreshAndTheThirdOutput()
    {
        Pit pit = default;
        int toggles = 0;
        byte last = pit.ReadSystemControl(0);
        for (ulong now = 0; now < 100_000; now += 100)
        {
            byte next = pit.ReadSystemControl(now);
            toggles += ((next ^ last) & 0x10) != 0 ? 1 : 0;
            last = next;
        }

        Assert.Equal(66, toggles);
        pit.WriteSystemControl(0xFD, 100_000);
        pit.Write(Control, 0xB0, 100_000);
        pit.Write(2, 50, 100_000);
        pit.Write(2, 0, 100_000);
        Assert.Equal(0x0D, pit.ReadSystemControl(104_000) & 0x2F);
        Assert.Equal(0x2D, pit.ReadSystemControl(104_500) & 0x2F);
    }

    private static string Act(Random random, ref Pit pit, ref NaivePitChannel model, int mode, int step, ulong now)
    {
        int choice = step == 0 ? 0 : random.Next(8);
        if (choice == 0)
        {
            int element = model.Element;
            bool gate = model.Gate;
            model = new NaivePitChannel(mode, model.Output) { Element = element, Gate = gate };
            int bits = mode | (mode is 2 or 3 ? random.Next(2) << 2 : 0);
            pit.Write(Control, (byte)(0xB0 | (bits << 1)), now);
            Load(2, random.Next(40), ref pit, model, now);
            return $"mode {bits}, count {model.Register}";
        }

        if (choice < 3)
        {
            bool gate = random.Next(3) != 0;
            model.SetGate(gate);
            pit.WriteSystemControl((byte)(gate ? 1 : 0), now);
            return $"gate {gate}";
        }

        if (choice < 5)
        {
            Load(2, random.Next(40), ref pit, model, now);
            return $"count {model.Register}";
        }

        return "nothing";
    }

    private static void Load(uint channel, int count, ref Pit pit, NaivePitChannel model, ulong now)
    {
        pit.Write(channel, (byte)count, now);
        model.FirstByte();
        pit.Write(channel, (byte)(count >> 8), now);
        model.Write(count);
    }

    // The output of the third counter, as port 0x61 shows it.
    private static bool Output(ref Pit pit, ulong now) => (pit.ReadSystemControl(now) & 0x20) != 0;

    private static ushort Count(ref Pit pit, ulong now)
    {
        pit.Write(Control, 0xD8, now);
        return (ushort)(pit.Read(2, now) | (pit.Read(2, now) << 8));
    }

    private static int Status(ref Pit pit, ulong now)
    {
        pit.Write(Control, 0xE8, now);
        return pit.Read(2, now) & 0xC0;
    }

    // Somewhere within this tick.
    private static ulong At(ulong tick) =>
        (ulong)((((UInt128)tick * 100_000_000) + 1_193_181) / 1_193_182) + (tick % 83);
}
