// Makes an input out of another: a few small changes one after the other, each drawn by chance. The same seed draws the
// same changes.

using System;
using System.Buffers.Binary;

namespace MinusOne.Tests.Unit.Fuzz;

internal sealed class Mutation(int seed, int mostBytes)
{
    private const int MostAtOnce = 32;

    // Numbers that programs compare with: the ends of ranges, signs, powers of two.
    private static readonly long[] s_interesting =
    [
        0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 512, 1000, 1024, 4095, 4096, 32767,
        32768, 65535, 65536, int.MaxValue, uint.MaxValue, 1L << 32, 1L << 47, long.MaxValue, long.MinValue, -1, -2,
        -128, -4096,
    ];

    private readonly Random _random = new(seed);
    private readonly byte[] _bytes = new byte[mostBytes];
    private int _length;

    public int Below(int count) => _random.Next(count);

    // One to 16 changes, few of them most of the time.
    public byte[] Change(ReadOnlySpan<byte> input, ReadOnlySpan<byte> other)
    {
        _length = Math.Min(input.Length, mostBytes);
        input[.._length].CopyTo(_bytes);
        for (int changes = 1 << _random.Next(5); changes > 0; changes--)
        {
            ChangeOnce(other);
        }

        return _bytes.AsSpan(0, _length).ToArray();
    }

    private void ChangeOnce(ReadOnlySpan<byte> other)
    {
        int position = _random.Next(_length), gap = _random.Next(_length + 1);
        switch (_length == 0 ? 8 : _random.Next(11))
        {
            case 0 or 1: _bytes[position] ^= (byte)(1 << _random.Next(8)); break;
            case 2: _bytes[position] = (byte)_random.Next(256); break;
            case 3: _bytes[position] += (byte)_random.Next(-35, 36); break;
            case 4 or 5: SetInteresting(position); break;
            case 6: Remove(position); break;
            case 7: Overwrite(position, Block(_bytes.AsSpan(0, _length))); break;
            case 8: Insert(gap, Made()); break;
            case 9: Insert(gap, Block(_bytes.AsSpan(0, _length))); break;
            default: Take(gap, other); break;
        }
    }

    private void SetInteresting(int position)
    {
        Span<byte> bytes = stackalloc byte[8];
        long value = s_interesting[_random.Next(s_interesting.Length)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        int count = 1 << _random.Next(4);
        if (_random.Next(4) == 0)
        {
            bytes[..count].Reverse();
        }

        Overwrite(position, bytes[..count]);
    }

    private void Remove(int position)
    {
        int count = Math.Min(1 + _random.Next(MostAtOnce), _length - position);
        _bytes.AsSpan((position + count).._length).CopyTo(_bytes.AsSpan(position));
        _length -= count;
    }

    // A splice: a block of the other input, or all of it from here on.
    private void Take(int position, ReadOnlySpan<byte> other)
    {
        if (_random.Next(2) == 0)
        {
            Insert(position, Block(other));
            return;
        }

        ReadOnlySpan<byte> rest = other[Math.Min(position, other.Length)..];
        _length = Math.Min(position + rest.Length, mostBytes);
        Overwrite(position, rest);
    }

    private void Overwrite(int position, ReadOnlySpan<byte> block) =>
        block[..Math.Min(block.Length, _length - position)].CopyTo(_bytes.AsSpan(position));

    private void Insert(int position, ReadOnlySpan<byte> block)
    {
        int count = Math.Min(block.Length, mostBytes - _length);
        _bytes.AsSpan(position.._length).CopyTo(_bytes.AsSpan(position + count));
        _length += count;
        Overwrite(position, block[..count]);
    }

    private byte[] Block(ReadOnlySpan<byte> from)
    {
        int start = _random.Next(from.Length);
        return from.Slice(start, Math.Min(1 + _random.Next(MostAtOnce), from.Length - start)).ToArray();
    }

    // Chance, or one byte many times.
    private byte[] Made()
    {
        byte[] block = new byte[1 + _random.Next(MostAtOnce)];
        if (_random.Next(2) == 0)
        {
            _random.NextBytes(block);
        }
        else
        {
            Array.Fill(block, (byte)_random.Next(256));
        }

        return block;
    }
}
