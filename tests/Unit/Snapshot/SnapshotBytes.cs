// The bytes of a snapshot, for tests that change some and make the sums right again.

using System;
using System.Buffers.Binary;

namespace MinusOne.Tests.Unit.Snapshot;

internal static class SnapshotBytes
{
    // The magic and the version.
    public const int Beginning = 12;

    // Other bits in a register of one of the leaves that were seen.
    public static void See(byte[] bytes, int place, int register, uint bits)
    {
        (int at, int length) = Section(bytes, 1);
        Span<byte> word = bytes.AsSpan(at + 8 + (16 * place) + (4 * register));
        BinaryPrimitives.WriteUInt32LittleEndian(word, BinaryPrimitives.ReadUInt32LittleEndian(word) ^ bits);
        Seal(bytes, at, length);
    }

    // Where the section of this number begins, and how long its content is.
    public static (int At, int Length) Section(byte[] bytes, int number)
    {
        int at = Beginning;
        for (; number > 0; number--)
        {
            at += 12 + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 4));
        }

        return (at, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 4)));
    }

    public static void Seal(byte[] bytes, int at, int length) => BinaryPrimitives.WriteUInt32LittleEndian(
        bytes.AsSpan(at + 8 + length), ~SnapshotFormat.Sum(~0u, bytes.AsSpan(at, 8 + length)));
}
