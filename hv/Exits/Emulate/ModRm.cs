// ModRM, SIB and displacement. SDM 2 2.1.5 Addressing-Mode Encoding of ModR/M and SIB Bytes, 2.2.1 REX Prefixes.
namespace MinusOne.Hv.Exits.Emulate;

internal readonly struct ModRm(byte value)
{
    private const byte None = MemoryReference.NoRegister;
    private const int Bx = 3;
    private const int Sp = 4;
    private const int Bp = 5;
    private const int Si = 6;
    private const int Di = 7;

    private readonly byte _value = value;

    public bool NamesMemory => Mode != 3;

    // The reg field: a register, or more of the opcode.
    public int Register => (_value >> 3) & 7;
    private int Mode => _value >> 6;
    private int Rm => _value & 7;

    // BX+SI, BX+DI, BP+SI, BP+DI, SI, DI, BP, BX.
    private static ReadOnlySpan<byte> Bases16 => [Bx, Bx, Bp, Bp, Si, Di, Bp, Bx];
    private static ReadOnlySpan<byte> Indexes16 => [Si, Di, Si, Di, None, None, None, None];

    public MemoryReference ReadMemory(ref InstructionReader bytes, int addressSize, in Prefixes prefixes, CodeSize code)
    {
        MemoryReference operand = MemoryReference.At(None, GuestSegment.Ds);
        if (addressSize == 2)
        {
            Read16(ref bytes, ref operand);
        }
        else
        {
            Read32(ref bytes, ref operand, in prefixes, code);
        }

        GuestSegment usual = operand.Base is Sp or Bp ? GuestSegment.Ss : GuestSegment.Ds;
        operand.Segment = prefixes.SegmentOr(usual);
        return operand;
    }

    private void Read16(ref InstructionReader bytes, ref MemoryReference operand)
    {
        bool absolute = Mode == 0 && Rm == 6;
        if (!absolute)
        {
            operand.Base = Bases16[Rm];
            operand.Index = Indexes16[Rm];
        }

        operand.Displacement = bytes.Number(absolute ? 2 : Mode);
    }

    private void Read32(ref InstructionReader bytes, ref MemoryReference operand, in Prefixes prefixes, CodeSize code)
    {
        int baseField = Rm;
        if (Rm == 4)
        {
            byte sib = bytes.Next();
            int index = ((sib >> 3) & 7) | prefixes.RexX;
            operand.Index = index == Sp ? None : (byte)index;
            operand.ScaleShift = (byte)(sib >> 6);
            baseField = sib & 7;
        }

        // Without a displacement, base 5 stands for none; directly in ModRM, 64-bit mode makes that RIP-relative.
        bool absolute = Mode == 0 && baseField == Bp;
        if (!absolute)
        {
            operand.Base = (byte)(baseField | prefixes.RexB);
        }

        operand.RipRelative = absolute && Rm == Bp && code == CodeSize.Bits64;
        operand.Displacement = bytes.Number(absolute ? 4 : Mode == 2 ? 4 : Mode);
    }
}
