// Exit qualification of an I/O instruction. SDM 3C 29.2.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Processor.Facts;

internal readonly struct PortAccess(ulong raw)
{
    public readonly ulong Raw = raw;

    // Bytes: 1, 2 or 4.
    public int Size => (int)(Raw & 7) + 1;

    public bool IsIn => (Raw & (1ul << 3)) != 0;

    // INS or OUTS.
    public bool IsString => (Raw & (1ul << 4)) != 0;
    public bool IsRepeated => (Raw & (1ul << 5)) != 0;
    public ushort Port => (ushort)(Raw >> 16);
}
