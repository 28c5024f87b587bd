// The bytes of a file, or of an option, where firmware left them.

namespace MinusOne.Hv.Loading;

internal readonly unsafe struct FileBytes
{
    private readonly byte* _start;
    private readonly ulong _length;

    public FileBytes(byte* start, ulong length)
    {
        _start = start;
        _length = length;
    }

    public bool IsGiven => _start != null;

    public ulong Length => _length;

    // Whoever asks has checked that it is not longer than KernelLayout.MostFileBytes.
    public ReadOnlySpan<byte> Span => new(_start, (int)_length);
}
