// The I/O APIC against a naive model of its inputs, and its registers against the data sheet.

using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed class IoApicTests
{
    private const ulong Level = 0x8000, Masked = 0x1_0000;

    private IoApic _chip;

    [Fact]
    public void RegistersAreThoseOfTheDataSheet()
    {
        Assert.Equal(0x0017_0011u, ReadRegister(1));
        for (uint index = 0x10; index < 0x40; index++)
        {
            Assert.Equal((index & 1) == 0 ? (uint)Masked : 0, ReadRegister(index));
            WriteRegister(index, 0xFFFF_FFFF);
            Assert.Equal((index & 1) == 0 ? 0x1_AFFF : 0xFF00_0000u, ReadRegister(index));
        }

        WriteRegister(0, 0xFFFF_FFFF);
        WriteRegister(1, 0);
        Assert.Equal(0x0F00_0000u, ReadRegister(0));
        Assert.Equal(0x0F00_0000u, ReadRegister(2));
        Assert.Equal(0x0017_0011u, ReadRegister(1));
        Assert.Equal(0u, ReadRegister(0x40));
        Assert.Equal(0u, ReadRegister(0x0F));
        Assert.Equal(0x0Fu, _chip.Read(0));
        Assert.Equal(0u, _chip.Read(0x20));
    }

    [Fact]
    public void TheWindowTakesOnlyWholeWords()
    {
        WriteRegister(0x10, 0x1_0042);
        _chip.Write(0x10, 1, 0);
        _chip.Write(0x10, 2, 0);
        _chip.Write(0x14, 4, 0);
        Assert.Equal(0x1_0042u, ReadRegister(0x10));
    }

    [Fact]
    public void AMessageSaysWhatItsEntrySays()
    {
        WriteEntry(5, 0xA500_0000_0000_0C3F);
        _chip.SetLine(5, true);
        Assert.True(_chip.TryTake(out InterruptMessage message));
        Assert.Equal(0xA5u, message.Destination);
        Assert.Equal(0x3F, message.Vector);
        Assert.Equal(DeliveryMode.Nmi, message.Mode);
        Assert.True(message.IsLogical);
        Assert.False(message.IsLevel);
        Assert.False(_chip.TryTake(out _));
    }

    [Fact]
    public void RandomLinesAgreeWithTheModel()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            _chip = default;
            var model = new Input[IoApic.Inputs];
            for (int i = 0; i < model.Length; i++)
            {
                model[i] = new Input();
            }

            for (int step = 0; step < 300; step++)
            {
                Step(random, model);
                List<int> expected = Due(model);
                var sent = new List<int>();
                while (_chip.TryTake(out InterruptMessage message))
                {
                    sent.Add(message.Vector | (message.IsLevel ? 0x100 : 0));
                }

                Assert.True(expected.SequenceEqual(sent), $"seed {seed}, step {step}");
                for (int i = 0; i < model.Length; i++)
                {
                    Assert.True(((ReadRegister((uint)(0x10 + (2 * i))) >> 14) & 1) != 0 == model[i].IsSent,
                        $"seed {seed}, step {step}, input {i}");
                }
            }
        }
    }

    private void Step(Random random, Input[] model)
    {
        int index = random.Next(model.Length);
        Input input = model[index];
        switch (random.Next(4))
        {
            case 0:
                input.Entry = (uint)random.Next(0x30, 0x34) | ((uint)random.Next(2) * Level)
                    | ((uint)(random.Next(3) / 2) * Masked);
                input.IsSent &= (input.Entry & Level) != 0;
                WriteEntry(index, input.Entry);
                break;
            case 1:
                byte vector = (byte)random.Next(0x30, 0x34);
                _chip.EndInterrupt(vector);
                foreach (Input ended in model.Where(other => (byte)other.Entry == vector))
                {
                    ended.IsSent = false;
                }

                break;
            default:
                bool isHigh = random.Next(2) == 0;
                input.HasEdge = isHigh && !input.IsHigh && (input.Entry & (Level | Masked)) == 0;
                input.IsHigh = isHigh;
                _chip.SetLine(index, isHigh);
                break;
        }
    }

    private static List<int> Due(Input[] model)
    {
        var due = new List<int>();
        foreach (Input input in model)
        {
            bool isLevel = (input.Entry & Level) != 0;
            if (input.HasEdge || (isLevel && input.IsHigh && !input.IsSent && (input.Entry & Masked) == 0))
            {
                due.Add((byte)input.Entry | (isLevel ? 0x100 : 0));
                input.IsSent = isLevel;
            }

            input.HasEdge = false;
        }

        return due;
    }

    private uint ReadRegister(uint index)
    {
        _chip.Write(0, 4, index);
        return _chip.Read(0x10);
    }

    private void WriteRegister(uint index, uint value)
    {
        _chip.Write(0, 4, index);
        _chip.Write(0x10, 4, value);
    }

    private void WriteEntry(int input, ulong value)
    {
        WriteRegister((uint)(0x11 + (2 * input)), (uint)(value >> 32));
        WriteRegister((uint)(0x10 + (2 * input)), (uint)value);
    }

    private sealed class Input
    {
        public ulong Entry { get; set; } = Masked;

        public bool IsHigh { get; set; }

        public bool HasEdge { get; set; }

        public bool IsSent { get; set; }
    }
}
