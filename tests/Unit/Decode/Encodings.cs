// Random encodings: prefixes in any order and number, opcodes with a preference for those that are emulated, and
// random bytes for all that follows.

using System;
using System.Collections.Generic;

namespace MinusOne.Tests.Unit.Decode;

internal static class Encodings
{
    private static readonly byte[] s_legacyPrefixes =
        [0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65];

    private static readonly int[] s_emulated = FindEmulated();

    // Fills all of bytes; where the instruction ends is the decoder's business.
    public static void Fill(Random random, Span<byte> bytes)
    {
        random.NextBytes(bytes);
        int position = 0;
        int prefixes = random.Next(100) switch
        {
            < 30 => 0,
            < 60 => 1,
            < 80 => 2,
            < 98 => random.Next(5),
            _ => random.Next(15),
        };
        for (int i = 0; i < prefixes; i++)
        {
            // REX in the middle as well, where it means nothing (and INC or DEC outside 64-bit mode).
            bytes[position++] = random.Next(12) == 0
                ? (byte)(0x40 | random.Next(16))
                : s_legacyPrefixes[random.Next(s_legacyPrefixes.Length)];
        }

        if (random.Next(3) == 0)
        {
            bytes[position++] = (byte)(0x40 | random.Next(16));
        }

        PutOpcode(PickOpcode(random), bytes[position..], random);
    }

    private static int PickOpcode(Random random) => random.Next(20) switch
    {
        0 or 1 => random.Next(0x100),
        2 or 3 => 0x0F00 | random.Next(0x100),
        4 => 0x0F3800 | random.Next(0x100),
        5 => 0x0F3A00 | random.Next(0x100),
        _ => s_emulated[random.Next(s_emulated.Length)],
    };

    private static void PutOpcode(int opcode, Span<byte> bytes, Random random)
    {
        int length = opcode < 0x100 ? 1 : opcode < 0x10000 ? 2 : 3;
        for (int i = 0; i <= length && i < bytes.Length; i++)
        {
            bool pickRegisterForm = i == length && random.Next(4) != 0 && bytes[i] >= 0xC0;
            bytes[i] = i < length ? (byte)(opcode >> (8 * (length - 1 - i)))
                : pickRegisterForm ? (byte)(bytes[i] & 0xBF) : bytes[i];
        }
    }

    // Every opcode that decodes to something with some ModRM. This only steers the generator; what is right, Iced says.
    private static int[] FindEmulated()
    {
        var found = new List<int>();
        Prefixes none = default;
        foreach (int map in (int[])[0x00, 0x0F00, 0x0F3800])
        {
            for (int opcode = map; opcode <= map + 0xFF; opcode++)
            {
                bool any = false;
                for (int extension = 0; extension < 8; extension++)
                {
                    any |= OpcodeMap.Find(opcode, extension, 4, in none, CodeSize.Bits64).Status == DecodeStatus.Ok;
                }

                if (any)
                {
                    found.Add(opcode);
                }
            }
        }

        return [.. found];
    }
}
