// One entry of the stream, put together before it goes out. Numbers in groups of seven bits, the lowest first, with bit
// 7 set in all but the last (LEB128); differences with their sign in bit 0.
namespace MinusOne.Hv.Trace;

internal unsafe struct TraceBuffer
{
    // The longest entry is a sample, of numbers of up to ten bytes.
    private const int Size = (TraceFormat.MostFrames + 8) * 10;
    private fixed byte _bytes[Size];
    private int _length;

    public readonly ReadOnlySpan<byte> Bytes =>
        new(Unsafe.AsPointer(ref Unsafe.AsRef(in _bytes[0])), _length);

    public void Clear() => _length = 0;

    public void Byte(byte value) => _bytes[_length++] = value;

    public void Number(ulong value)
    {
        for (; value > 0x7F; value >>= 7)
        {
            Byte((byte)(value | 0x80));
        }

        Byte((byte)value);
    }

    public void Difference(ulong value, ulong before)
    {
        ulong difference = value - before;
        Number((difference << 1) ^ (ulong)((long)difference >> 63));
    }

    public void Text(ReadOnlySpan<byte> text)
    {
        int length = Math.Min(text.Length, TraceFormat.LongestName);
        Number((uint)length);
        for (int i = 0; i < length; i++)
        {
            Byte(text[i]);
        }
    }
}
