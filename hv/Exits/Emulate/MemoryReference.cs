// A memory operand as encoded: segment:[base + index * scale + displacement]. Registers are numbers; the sum is
// OperandAddress'.

namespace MinusOne.Hv.Exits.Emulate;

internal struct MemoryReference
{
    public const byte NoRegister = 0xFF;

    public ulong Displacement;
    public byte Base;
    public byte Index;

    // The index is shifted left by this.
    public byte ScaleShift;
    public bool RipRelative;
    public SegmentRegister Segment;

    public static MemoryReference At(byte register, SegmentRegister segment)
    {
        MemoryReference operand = default;
        operand.Base = register;
        operand.Index = NoRegister;
        operand.Segment = segment;
        return operand;
    }
}
