// The bytes of a file, or of an option, where firmware left them.

namespace MinusOne.Hv.Loading;

internal readonly unsafe struct FileBytes(byte* start, ulong length)
{
    private readonly byte* _start = start;
    private readonly ulong _length = length;

    public bool IsGiven => _start != null;

    public ulong Length => _length;

    // The caller has checked that it is not longer than KernelLayout.MostFileBytes.
    public ReadOnlySpan<byte> Span => new(_start, (int)_length);
}

// Little-endian words of a file at any offset. The span is checked. Not inlined: headers are read once, and the checks
// would stand in the image a hundred times.
internal static class FileWords
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static uint Word(ReadOnlySpan<byte> file, int offset) =>
        BinaryPrimitives.ReadUInt16LittleEndian(file.Slice(offset));

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static uint Doubleword(ReadOnlySpan<byte> file, int offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(file.Slice(offset));

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Quadword(ReadOnlySpan<byte> file, int offset) =>
        BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(offset));

    // The lower half of the value.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void PutDoubleword(Span<byte> page, int offset, ulong value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(page.Slice(offset), (uint)value);
}
