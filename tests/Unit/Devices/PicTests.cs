// The pair of interrupt controllers: the data sheet's modes one by one, then random programs against the model that is
// told the long way.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed class PicTests
{
    private const uint Master = 0, MasterData = 1, Slave = 2, SlaveData = 3, EdgeLevel = 4;
    private const byte EndOfInterrupt = 0x20, ReadRequests = 0x0A, ReadInService = 0x0B;

    [Fact]
    public void BeforeItsInitialisationNothingInterrupts()
    {
        PicPair pic = default;
        pic.SetLine(0, true);
        Assert.False(pic.Interrupt);
        pic.Write(MasterData, 0xFB);
        Assert.Equal(0xFB, pic.Read(MasterData));
        pic.Write(Master, 0x11);
        pic.Write(MasterData, 0x20);
        pic.Write(MasterData, 0x04);
        pic.SetLine(0, false);
        pic.SetLine(0, true);
        Assert.False(pic.Interrupt);
        pic.Write(MasterData, 0x01);
        Assert.True(pic.Interrupt);
        Assert.Equal(0, pic.Read(MasterData));
    }

    [Fact]
    public void ThePriorityIsTheInput()
    {
        PicPair pic = Ready();
        pic.SetLine(5, true);
        pic.SetLine(3, true);
        Assert.Equal(0x23, pic.Acknowledge());
        Assert.False(pic.Interrupt);
        pic.SetLine(1, true);
        Assert.Equal(0x21, pic.Acknowledge());
        pic.Write(Master, EndOfInterrupt);
        Assert.False(pic.Interrupt);
        pic.Write(Master, ReadInService);
        Assert.Equal(0x08, pic.Read(Master));
        pic.Write(Master, EndOfInterrupt);
        Assert.Equal(0x25, pic.Acknowledge());
    }

    [Fact]
    public void AnEdgeIsOneInterruptAndALevelManyUntilItFalls()
    {
        PicPair pic = Ready();
        pic.Write(EdgeLevel, 0xFF);
        pic.Write(EdgeLevel + 1, 0xFF);
        Assert.Equal(0xF8, pic.Read(EdgeLevel));
        Assert.Equal(0xDE, pic.Read(EdgeLevel + 1));
        pic.SetLine(1, true);
        pic.SetLine(5, true);
        Assert.Equal(0x21, pic.Acknowledge());
        pic.Write(Master, EndOfInterrupt);
        Assert.Equal(0x25, pic.Acknowledge());
        Assert.False(pic.Interrupt);
        pic.Write(Master, EndOfInterrupt);
        Assert.Equal(0x25, pic.Acknowledge());
        pic.SetLine(5, false);
        pic.Write(Master, EndOfInterrupt);
        Assert.False(pic.Interrupt);
    }

    [Fact]
    public void TheSlaveComesThroughInputTwo()
    {
        PicPair pic = Ready();
        pic.SetLine(12, true);
        pic.SetLine(3, true);
        Assert.Equal(0x2C, pic.Acknowledge());
        pic.Write(Master, ReadInService);
        pic.Write(Slave, ReadInService);
        Assert.Equal(0x04, pic.Read(Master));
        Assert.Equal(0x10, pic.Read(Slave));
        pic.SetLine(8, true);
        Assert.False(pic.Interrupt);
        pic.Write(Master, EndOfInterrupt);
        Assert.Equal(0x28, pic.Acknowledge());
        pic.Write(Slave, EndOfInterrupt);
        pic.Write(Master, EndOfInterrupt);
        Assert.Equal(0x23, pic.Acknowledge());
    }

    // 8259A, Special Fully Nested Mode: the slave's higher inputs interrupt its lower ones.
    [Fact]
    public void InSpecialFullyNestedModeTheSlaveInterruptsItself()
    {
        PicPair pic = Ready(masterMode: 0x11);
        pic.SetLine(12, true);
        Assert.Equal(0x2C, pic.Acknowledge());
        pic.SetLine(3, true);
        Assert.False(pic.Interrupt);
        pic.SetLine(8, true);
        Assert.Equal(0x28, pic.Acknowledge());
        pic.Write(Slave, EndOfInterrupt);
        pic.Write(Slave, ReadInService);
        Assert.Equal(0x10, pic.Read(Slave));
    }

    [Fact]
    public void ALostRequestIsTheSeventh()
    {
        PicPair pic = Ready();
        Assert.Equal(0x27, pic.Acknowledge());
        pic.SetLine(4, true);
        pic.SetLine(4, false);
        Assert.True(pic.Interrupt);
        Assert.Equal(0x27, pic.Acknowledge());
        Assert.False(pic.Interrupt);
        pic.Write(Master, ReadInService);
        Assert.Equal(0, pic.Read(Master));
        pic.SetLine(10, true);
        pic.Write(SlaveData, 0x04);
        Assert.Equal(0x27, pic.Acknowledge());
        pic.Write(SlaveData, 0);
        Assert.Equal(0x2A, pic.Acknowledge());
    }

    // The master does not know: its cascade input is in service and wants an end.
    [Fact]
    public void ALostRequestOfTheSlaveIsTheFifteenth()
    {
        PicPair pic = Ready();
        pic.SetLine(9, true);
        pic.SetLine(9, false);
        Assert.True(pic.Interrupt);
        Assert.Equal(0x2F, pic.Acknowledge());
        pic.Write(Master, ReadInService);
        pic.Write(Slave, ReadInService);
        Assert.Equal(0x04, pic.Read(Master));
        Assert.Equal(0x00, pic.Read(Slave));
        pic.Write(Master, EndOfInterrupt);
        Assert.False(pic.Interrupt);
    }

    [Fact]
    public void APollIsAnAcknowledge()
    {
        PicPair pic = Ready();
        pic.Write(Master, 0x0C);
        Assert.Equal(0, pic.Read(Master));
        pic.SetLine(6, true);
        pic.SetLine(14, true);
        pic.Write(Master, 0x0C);
        Assert.Equal(0x82, pic.Read(MasterData));
        pic.Write(Slave, 0x0C);
        Assert.Equal(0x86, pic.Read(Slave));
        pic.Write(Slave, ReadInService);
        Assert.Equal(0x40, pic.Read(Slave));
        pic.Write(Slave, EndOfInterrupt);
        pic.Write(Master, EndOfInterrupt);
        Assert.Equal(0x26, pic.Acknowledge());
        Assert.Equal(0, pic.Read(MasterData));
    }

    [Fact]
    public void AutomaticEndLeavesNothingInService()
    {
        PicPair pic = Ready(masterMode: 0x03);
        Pulse(ref pic, 0);
        Pulse(ref pic, 0);
        Assert.Equal(0x20, pic.Acknowledge());
        Assert.False(pic.Interrupt);
        Pulse(ref pic, 0);
        Assert.Equal(0x20, pic.Acknowledge());
        pic.Write(Master, ReadInService);
        Assert.Equal(0, pic.Read(Master));
    }

    // Figure "TurnLoop in automatic EOI mode": who was served goes last.
    [Fact]
    public void RotationServesEverybodyInTurn()
    {
        PicPair pic = Ready(masterMode: 0x03);
        pic.Write(EdgeLevel, 0xF8);
        pic.Write(Master, 0x80);
        pic.SetLine(4, true);
        pic.SetLine(6, true);
        byte[] served = [pic.Acknowledge(), pic.Acknowledge(), pic.Acknowledge(), pic.Acknowledge()];
        Assert.Equal([0x24, 0x26, 0x24, 0x26], served);
        pic.Write(Master, 0x00);
        Assert.Equal(0x24, pic.Acknowledge());
        Assert.Equal(0x24, pic.Acknowledge());
    }

    [Fact]
    public void RotationByCommandMakesAnInputTheLast()
    {
        PicPair pic = Ready();
        pic.SetLine(4, true);
        Assert.Equal(0x24, pic.Acknowledge());
        pic.Write(Master, 0xA0);
        pic.SetLine(5, true);
        pic.SetLine(3, true);
        Assert.Equal(0x25, pic.Acknowledge());
        pic.Write(Master, 0xE5);
        pic.Write(Master, 0xC0 | 2);
        pic.SetLine(1, true);
        Assert.Equal(0x23, pic.Acknowledge());
    }

    [Fact]
    public void SpecialMaskModeLetsLowerInputsThrough()
    {
        PicPair pic = Ready();
        pic.SetLine(4, true);
        Assert.Equal(0x24, pic.Acknowledge());
        pic.SetLine(6, true);
        pic.Write(MasterData, 0x10);
        Assert.False(pic.Interrupt);
        pic.Write(Master, 0x68);
        Assert.Equal(0x26, pic.Acknowledge());
        pic.Write(Master, EndOfInterrupt);
        pic.Write(Master, EndOfInterrupt);
        pic.Write(Master, ReadInService);
        Assert.Equal(0x10, pic.Read(Master));
        pic.Write(Master, 0x64);
        Assert.Equal(0, pic.Read(Master));
    }

    [Fact]
    public void RandomProgramsAgreeWithTheModel()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var model = new NaivePicPair();
            PicPair pic = default;
            for (int step = 0; step < 400; step++)
            {
                string told = Step(random, ref pic, model);
                Assert.True(
                    pic.Interrupt == model.Interrupt, $"seed {seed}, step {step}, {told}: INTR {pic.Interrupt}");
            }
        }
    }

    private static string Step(Random random, ref PicPair pic, NaivePicPair model)
    {
        uint register = (uint)random.Next(6);
        int value = random.Next(256);
        switch (random.Next(10))
        {
            case < 4:
                int irq = random.Next(16);
                pic.SetLine(irq, value < 150);
                model.SetLine(irq, value < 150);
                return $"line {irq} {value < 150}";
            case 4 or 5:
                Assert.Equal(model.Acknowledge(), pic.Acknowledge());
                return "acknowledge";
            case 6:
                Assert.Equal(model.Read(register), pic.Read(register));
                return $"read {register}";
            case 7:
                byte[] first = [0x11, 0x20, (byte)(register < 2 ? 0x04 : 0x02), (byte)(value & 0x13)];
                uint chip = register & 2;
                for (int i = 0, words = random.Next(8) == 0 ? 4 : 0; i < words; i++)
                {
                    pic.Write(i == 0 ? chip : chip + 1, first[i]);
                    model.Write(i == 0 ? chip : chip + 1, first[i]);
                }

                return "initialisation";
            default:
                value &= register is 0 or 2 && random.Next(50) != 0 ? 0xEF : register is 1 or 3 ? 0x99 : 0xFF;
                pic.Write(register, (byte)value);
                model.Write(register, value);
                return $"write {register}, {value:X2}";
        }
    }

    private static void Pulse(ref PicPair pic, int irq)
    {
        pic.SetLine(irq, false);
        pic.SetLine(irq, true);
    }

    private static PicPair Ready(byte masterMode = 0x01)
    {
        PicPair pic = default;
        byte[] master = [0x11, 0x20, 0x04, masterMode], slave = [0x11, 0x28, 0x02, 0x01];
        for (uint i = 0; i < 4; i++)
        {
            pic.Write(i == 0 ? Master : MasterData, master[i]);
            pic.Write(i == 0 ? Slave : SlaveData, slave[i]);
        }

        return pic;
    }
}
