// Exit qualification of an I/O instruction. SDM 3C 29.2.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Processor.Facts;

internal readonly struct PortAccess(ulong raw)
{
    public readonly ulong Raw = raw;

    // Bytes: 1, 2 or 4.
    public int Size
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (int)(Raw & 7) + 1;
    }

    public bool IsIn
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Raw & (1ul << 3)) != 0;
    }

    // INS or OUTS.
    public bool IsString
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Raw & (1ul << 4)) != 0;
    }

    public bool IsRepeated
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Raw & (1ul << 5)) != 0;
    }

    public ushort Port
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (ushort)(Raw >> 16);
    }
}
