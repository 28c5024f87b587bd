// A device for trying out instructions on device memory: 256 bytes that hold what is written, in any width, and behind
// them what a real device would never tell: how many accesses there were (doubleword at 0x100) and how wide the last
// one was (at 0x104).

namespace MinusOne.Hv.Devices.Platform;

internal unsafe struct ScratchDevice
{
    public const uint Bytes = 256;
    public const uint Notes = 0x100;

    private fixed byte _bytes[(int)Bytes];
    private uint _accesses;
    private uint _lastWidth;

    public ulong Read(uint offset, int bytes)
    {
        if (offset - Notes < 8)
        {
            return ((((ulong)_lastWidth << 32) | _accesses) >> (int)(8 * (offset - Notes))) & Mask(bytes);
        }

        if (offset + (uint)bytes > Bytes)
        {
            return Mask(bytes);
        }

        Note(bytes);
        ulong value = 0;
        for (int i = 0; i < bytes; i++)
        {
            value |= (ulong)_bytes[offset + i] << (8 * i);
        }

        return value;
    }

    public void Write(uint offset, int bytes, ulong value)
    {
        if (offset + (uint)bytes > Bytes)
        {
            return;
        }

        Note(bytes);
        for (int i = 0; i < bytes; i++)
        {
            _bytes[offset + i] = (byte)(value >> (8 * i));
        }
    }

    private static ulong Mask(int bytes) => ulong.MaxValue >> (64 - (8 * bytes));

    private void Note(int bytes)
    {
        _accesses++;
        _lastWidth = (uint)bytes;
    }
}
