// Two of the long way's 8259A, wired as in a PC.

using System.Linq;

namespace MinusOne.Tests.Unit.Devices;

internal sealed class NaivePicPair
{
    private readonly NaivePic _master = new();
    private readonly NaivePic _slave = new();

    public bool Interrupt => _master.Int;

    public void SetLine(int irq, bool high)
    {
        if (irq != 2)
        {
            (irq < 8 ? _master : _slave).Set(irq & 7, high);
        }

        Wire(false);
    }

    public byte Acknowledge()
    {
        int input = _master.Accept();
        if (input == 2 && _master.Knows(2))
        {
            int second = _slave.Accept();
            Wire(true);
            return (byte)_slave.Vector(second < 0 ? 7 : second);
        }

        return (byte)_master.Vector(input < 0 ? 7 : input);
    }

    public byte Read(uint register)
    {
        if (register >= 4)
        {
            return (byte)Enumerable.Range(0, 8).Sum(i => (register == 4 ? _master : _slave).IsLevel[i] ? 1 << i : 0);
        }

        bool polls = register >= 2 && _slave.Polls;
        int value = (register < 2 ? _master : _slave).Read((int)register & 1);
        Wire(polls);
        return (byte)value;
    }

    public void Write(uint register, int value)
    {
        NaivePic chip = register is 0 or 1 or 4 ? _master : _slave;
        if (register < 4)
        {
            chip.Write((int)register & 1, value);
        }
        else
        {
            int[] never = register == 4 ? [0, 1, 2] : [0, 5];
            foreach (int input in Enumerable.Range(0, 8).Except(never))
            {
                bool level = ((value >> input) & 1) != 0;
                chip.Rose[input] &= level == chip.IsLevel[input];
                chip.IsLevel[input] = level;
            }

            chip.Look();
        }

        Wire(false);
    }

    private void Wire(bool again)
    {
        if (again)
        {
            _master.Set(2, false);
        }

        _master.Set(2, _slave.Int);
    }
}
