// The writing half of the range coder: bits with adaptive probabilities, smallest expected length. The code is a number
// between 0 and 1; a carry runs back over bytes that are held until it is known.

using System;
using System.Collections.Generic;
using MinusOne.Efi.Packing;

namespace MinusOne.Efi.Stubs.Packing;

internal sealed class RangeEncoder
{
    private readonly List<byte> _bytes = [];
    private readonly ushort[] _probabilities = new ushort[PackedFormat.Contexts];
    private ulong _low;
    private uint _range = uint.MaxValue;
    private byte _held;
    private long _pending = 1;

    public RangeEncoder() => Array.Fill(_probabilities, PackedFormat.Even);

    // Of a bit that is 0.
    public ReadOnlySpan<ushort> Probabilities => _probabilities;

    public void Bit(int context, int bit)
    {
        ref ushort probability = ref _probabilities[context];
        uint bound = (_range >> PackedFormat.ProbabilityBits) * probability;
        if (bit == 0)
        {
            _range = bound;
            probability += (ushort)(((1 << PackedFormat.ProbabilityBits) - probability) >> PackedFormat.Adaptation);
        }
        else
        {
            _low += bound;
            _range -= bound;
            probability -= (ushort)(probability >> PackedFormat.Adaptation);
        }

        while (_range < PackedFormat.LeastRange)
        {
            _range <<= 8;
            ShiftLow();
        }
    }

    // From 1 up.
    public void Number(int context, uint value)
    {
        int bits = System.Numerics.BitOperations.Log2(value);
        for (int i = 0; i < bits; i++)
        {
            Bit(context + i, 1);
        }

        Bit(context + bits, 0);
        for (int i = bits - 1; i >= 0; i--)
        {
            Bit(context + (PackedFormat.MostBits * bits) + i, (int)(value >> i) & 1);
        }
    }

    public byte[] Finish()
    {
        for (int i = 0; i < 5; i++)
        {
            ShiftLow();
        }

        // The first byte is always zero.
        return _bytes.GetRange(1, _bytes.Count - 1).ToArray();
    }

    private void ShiftLow()
    {
        if (_low < 0xFF00_0000 || _low > uint.MaxValue)
        {
            byte carry = (byte)(_low >> 32);
            for (; _pending > 0; _pending--)
            {
                _bytes.Add((byte)(_held + carry));
                _held = 0xFF;
            }

            _held = (byte)(_low >> 24);
        }

        _pending++;
        _low = (_low & 0x00FF_FFFF) << 8;
    }
}
