// What each decision costs, in 256ths of a bit, by the probabilities at the end of the try before.

using System;
using System.Numerics;
using MinusOne.Efi.Packing;

namespace MinusOne.Efi.Stubs.Packing;

internal sealed class PackPrices
{
    private readonly int[] _zero = new int[PackedFormat.Contexts];
    private readonly int[] _one = new int[PackedFormat.Contexts];

    public PackPrices()
    {
        var even = new ushort[PackedFormat.Contexts];
        Array.Fill(even, PackedFormat.Even);
        Learn(even);
    }

    public void Learn(ReadOnlySpan<ushort> probabilities)
    {
        const double Whole = 1 << PackedFormat.ProbabilityBits;
        for (int i = 0; i < probabilities.Length; i++)
        {
            _zero[i] = (int)(-256 * Math.Log2(probabilities[i] / Whole));
            _one[i] = (int)(-256 * Math.Log2(1 - (probabilities[i] / Whole)));
        }
    }

    public int Literal(int history, byte value, byte before)
    {
        int price = _zero[PackedFormat.Copy + history];
        int context = PackedFormat.LiteralTree(before);
        for (int i = 7, node = 1; i >= 0; i--)
        {
            int bit = (value >> i) & 1;
            price += Bit(context + node, bit);
            node = (node << 1) | bit;
        }

        return price;
    }

    public int Copy(int history, int distance, bool again)
    {
        int price = _one[PackedFormat.Copy + history] + Bit(PackedFormat.Again + (history & 1), again ? 1 : 0);
        return again ? price : price + Number(PackedFormat.Distance, (uint)distance);
    }

    public int Length(int length, bool again) =>
        Number(PackedFormat.Lengths(again), (uint)(length + 1 - PackedFormat.ShortestCopy));

    private int Number(int context, uint value)
    {
        int bits = BitOperations.Log2(value);
        int price = _zero[context + bits];
        for (int i = 0; i < bits; i++)
        {
            price += _one[context + i] + Bit(context + (PackedFormat.MostBits * bits) + i, (int)(value >> i) & 1);
        }

        return price;
    }

    private int Bit(int context, int bit) => bit == 0 ? _zero[context] : _one[context];
}
