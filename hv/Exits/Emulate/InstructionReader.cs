// The bytes of one instruction, read forward: never past the span, never past the 15 bytes an instruction may have.
// Reads beyond that give zeros and are remembered.

namespace MinusOne.Hv.Exits.Emulate;

internal ref struct InstructionReader
{
    private const int LongestInstruction = 15;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _end;
    private bool _ranOut;

    public InstructionReader(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        _end = Math.Min(bytes.Length, LongestInstruction);
    }

    public int Position { get; private set; }

    // Whether everything asked for was there.
    public readonly DecodeStatus Status =>
        !_ranOut ? DecodeStatus.Ok : _end == LongestInstruction ? DecodeStatus.TooLong : DecodeStatus.Truncated;

    public byte Peek()
    {
        if (Position < _end)
        {
            return _bytes[Position];
        }

        _ranOut = true;
        return 0;
    }

    public byte Next()
    {
        byte value = Peek();
        Position++;
        return value;
    }

    // A little-endian number of so many bytes, sign-extended.
    public ulong Number(int size)
    {
        ulong value = 0;
        for (int i = 0; i < size; i++)
        {
            value |= (ulong)Next() << (8 * i);
        }

        return size == 0 ? 0 : Width.SignExtend(value, size);
    }
}
