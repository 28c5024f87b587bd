// The prefixes of an instruction. SDM 2 2.1.1 Instruction Prefixes, 2.2.1 REX Prefixes: any order, the last of a
// group wins, and REX counts only directly before the opcode. VEX, EVEX and XOP are opcodes here, of unknown layout.
namespace MinusOne.Hv.Exits.Emulate;

internal struct Prefixes
{
    public bool OperandSize;
    public bool AddressSize;
    public bool Lock;
    public Repeat Repeat;
    public bool HasSegment;
    public GuestSegment Segment;
    public byte Rex;

    public readonly bool RexW => (Rex & 8) != 0;

    // REX.R, X and B as the bit they add to a register number.
    public readonly int RexR => (Rex & 4) << 1;
    public readonly int RexX => (Rex & 2) << 2;
    public readonly int RexB => (Rex & 1) << 3;

    public readonly GuestSegment SegmentOr(GuestSegment usual) => HasSegment ? Segment : usual;

    public readonly int OperandSizeIn(CodeSize code) => RexW ? 8 : (code == CodeSize.Bits16) == OperandSize ? 4 : 2;

    public readonly int AddressSizeIn(CodeSize code) => code switch
    {
        _ when !AddressSize => (int)code,
        CodeSize.Bits32 => 2,
        _ => 4,
    };

    public static Prefixes Read(ref InstructionReader bytes, CodeSize code)
    {
        Prefixes prefixes = default;
        while (prefixes.Take(bytes.Peek(), code))
        {
            bytes.Next();
        }

        return prefixes;
    }

    private bool Take(byte value, CodeSize code)
    {
        if (code == CodeSize.Bits64 && (value & 0xF0) == 0x40)
        {
            Rex = value;
            return true;
        }

        switch (value)
        {
            case 0x26 or 0x2E or 0x36 or 0x3E:
                // 64-bit mode ignores ES, CS, SS and DS; an FS or GS before them stays in force.
                if (code != CodeSize.Bits64)
                {
                    Override((GuestSegment)((value >> 3) & 3));
                }

                break;
            case 0x64 or 0x65:
                Override((GuestSegment)(value & 7));
                break;
            case 0x66:
                OperandSize = true;
                break;
            case 0x67:
                AddressSize = true;
                break;
            case 0xF0:
                Lock = true;
                break;
            case 0xF2:
                Repeat = Repeat.WhileNotEqual;
                break;
            case 0xF3:
                Repeat = Repeat.WhileEqual;
                break;
            default: return false;
        }

        Rex = 0;
        return true;
    }

    private void Override(GuestSegment segment)
    {
        HasSegment = true;
        Segment = segment;
    }
}

// The repeat prefix of a string instruction. Only CMPS and SCAS tell the two apart.
internal enum Repeat : byte
{
    None,
    WhileEqual,
    WhileNotEqual,
}

// The code segment's default sizes: CS.L and CS.D as one value. The number is the default address size in bytes.
internal enum CodeSize : byte
{
    Bits16 = 2,
    Bits32 = 4,
    Bits64 = 8,
}
