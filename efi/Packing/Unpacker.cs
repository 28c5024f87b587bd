// Undoes what Stubs/Packing/Packer.cs did, as PackedFormat tells. What it is given is checked at every step: the code
// may be damaged, but nothing is read or written outside.

using System;

namespace MinusOne.Efi.Packing;

internal ref struct Unpacker
{
    private readonly ReadOnlySpan<byte> _packed;
    private readonly Span<ushort> _probabilities;
    private int _next;
    private uint _code;
    private uint _range;

    private Unpacker(ReadOnlySpan<byte> packed, Span<ushort> probabilities)
    {
        _packed = packed;
        _probabilities = probabilities;
        _probabilities.Fill(PackedFormat.Even);
        _range = uint.MaxValue;
        for (int i = 0; i < 4; i++)
        {
            _code = (_code << 8) | NextByte();
        }
    }

    // False if the data would run over either end. The probabilities are the room it works in: PackedFormat.Contexts of
    // them.
    public static bool TryUnpack(ReadOnlySpan<byte> packed, Span<byte> data, Span<ushort> probabilities)
    {
        var unpacker = new Unpacker(packed, probabilities);
        return unpacker.Run(data);
    }

    private bool Run(Span<byte> data)
    {
        int to = 0;
        int history = 0;
        int distance = 0;
        while (to < data.Length)
        {
            if (Bit(PackedFormat.Copy + history) == 0)
            {
                data[to] = Literal(to == 0 ? (byte)0 : data[to - 1]);
                to++;
                history = (history << 1) & 15;
                continue;
            }

            bool again = Bit(PackedFormat.Again + (history & 1)) != 0;
            if (!again)
            {
                distance = Number(PackedFormat.Distance);
            }

            int length = Number(PackedFormat.Lengths(again)) + PackedFormat.ShortestCopy - 1;
            if (distance <= 0 || distance > to || length > data.Length - to || _next > _packed.Length + 4)
            {
                return false;
            }

            // Byte by byte: a copy may begin in what it writes.
            for (; length > 0; length--, to++)
            {
                data[to] = data[to - distance];
            }

            history = ((history << 1) | 1) & 15;
        }

        return _next <= _packed.Length;
    }

    private byte Literal(byte before)
    {
        int tree = PackedFormat.LiteralTree(before);
        int node = 1;
        while (node < PackedFormat.TreeContexts)
        {
            node = (node << 1) | Bit(tree + node);
        }

        return (byte)node;
    }

    private int Number(int context)
    {
        int bits = 0;
        while (bits < PackedFormat.MostBits - 1 && Bit(context + bits) != 0)
        {
            bits++;
        }

        int value = 1;
        for (int i = bits - 1; i >= 0; i--)
        {
            value = (value << 1) | Bit(context + (PackedFormat.MostBits * bits) + i);
        }

        return value;
    }

    private int Bit(int context)
    {
        ref ushort probability = ref _probabilities[context];
        uint bound = (_range >> PackedFormat.ProbabilityBits) * probability;
        int bit;
        if (_code < bound)
        {
            bit = 0;
            _range = bound;
            probability += (ushort)(((1 << PackedFormat.ProbabilityBits) - probability) >> PackedFormat.Adaptation);
        }
        else
        {
            bit = 1;
            _code -= bound;
            _range -= bound;
            probability -= (ushort)(probability >> PackedFormat.Adaptation);
        }

        while (_range < PackedFormat.LeastRange)
        {
            _range <<= 8;
            _code = (_code << 8) | NextByte();
        }

        return bit;
    }

    private byte NextByte() => _next++ < _packed.Length ? _packed[_next - 1] : (byte)0;
}
