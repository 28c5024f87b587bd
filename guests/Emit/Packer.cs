// Packs constant data so that the image stays small: half of it is zero, and the texts repeat. The format is the simplest that
// serves; efi/Unpacker.cs undoes it. A control byte below 80h announces that many literal bytes plus one; one from 80h up is a
// copy of its low bits plus four bytes, from as far back as the 16-bit number behind it says.

using System;
using System.Collections.Generic;

namespace MinusOne.Guests.Emit;

internal static class Packer
{
    private const int ShortestCopy = 4;
    private const int LongestCopy = ShortestCopy + 0x7F;
    private const int LongestLiteral = 0x80;
    private const int FarthestBack = ushort.MaxValue;

    public static byte[] Pack(ReadOnlySpan<byte> data)
    {
        var packed = new List<byte>();
        var places = new Dictionary<uint, List<int>>();
        int literals = 0;
        int position = 0;
        while (position < data.Length)
        {
            (int length, int distance) = LongestCopyAt(data, position, places);
            int step = 1;
            if (length >= ShortestCopy)
            {
                FlushLiterals(packed, data.Slice(position - literals, literals));
                literals = 0;
                packed.AddRange([(byte)(0x80 | (length - ShortestCopy)), (byte)distance, (byte)(distance >> 8)]);
                step = length;
            }
            else if (++literals == LongestLiteral)
            {
                FlushLiterals(packed, data.Slice(position + 1 - literals, literals));
                literals = 0;
            }

            for (; step > 0; step--)
            {
                Remember(data, position++, places);
            }
        }

        FlushLiterals(packed, data.Slice(position - literals, literals));
        return packed.ToArray();
    }

    private static (int Length, int Distance) LongestCopyAt(ReadOnlySpan<byte> data, int position, Dictionary<uint, List<int>> places)
    {
        (int Length, int Distance) best = (0, 0);
        if (position + ShortestCopy > data.Length || !places.TryGetValue(Key(data, position), out List<int>? candidates))
        {
            return best;
        }

        for (int i = candidates.Count - 1; i >= 0 && i >= candidates.Count - 64; i--)
        {
            int distance = position - candidates[i];
            int length = 0;
            while (length < LongestCopy && position + length < data.Length && data[position + length] == data[candidates[i] + length])
            {
                length++;
            }

            if (length > best.Length && distance <= FarthestBack)
            {
                best = (length, distance);
            }
        }

        return best;
    }

    private static void Remember(ReadOnlySpan<byte> data, int position, Dictionary<uint, List<int>> places)
    {
        if (position + ShortestCopy <= data.Length)
        {
            uint key = Key(data, position);
            if (!places.TryGetValue(key, out List<int>? known))
            {
                places[key] = known = [];
            }

            known.Add(position);
        }
    }

    private static uint Key(ReadOnlySpan<byte> data, int position) => BitConverter.ToUInt32(data[position..]);

    private static void FlushLiterals(List<byte> packed, ReadOnlySpan<byte> literals)
    {
        if (literals.Length > 0)
        {
            packed.Add((byte)(literals.Length - 1));
            packed.AddRange(literals);
        }
    }
}
