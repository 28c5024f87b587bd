// An instruction as text for the report: its bytes, and what they mean if the decoder knows it, as NASM writes it.
namespace MinusOne.Hv.Exits.Emulate;

internal static class Disassembly
{
    private static ReadOnlySpan<byte> Mnemonics =>
        "add or adc sbb and sub xor cmp rol ror rcl rcr shl shr sal sar bt bts btr btc test inc dec not neg "u8 +
        "mov movbe movnti movsx movsxd movzx cmov set xchg xadd cmpxchg cmpxchg8b shld shrd movs cmps stos lods scas"u8;

    private static ReadOnlySpan<byte> Statuses => "- truncated longer-than-15-bytes invalid not-emulated"u8;
    private static ReadOnlySpan<byte> Conditions => "o no b ae e ne be a s ns p np l ge le g"u8;
    private static ReadOnlySpan<byte> Segments => "es cs ss ds fs gs"u8;

    // Indexed by the size in bytes.
    private static ReadOnlySpan<byte> SizeNames => "- byte word - dword - - - qword"u8;
    private static ReadOnlySpan<byte> SizeLetters => " bw d   q"u8;
    private static ReadOnlySpan<byte> ByteRegisters => "al cl dl bl spl bpl sil dil"u8;
    private static ReadOnlySpan<byte> HighByteRegisters => "ah ch dh bh"u8;
    private static ReadOnlySpan<byte> WordRegisters => "ax cx dx bx sp bp si di"u8;

    // bytes: what was decoded.
    public static Writer Write(Writer writer, in DecodedInstruction instruction, ReadOnlySpan<byte> bytes)
    {
        int length = instruction.Length != 0 ? instruction.Length : Math.Min(bytes.Length, 15);
        writer = Bytes(writer, bytes.Slice(0, length));
        if (instruction.Status == DecodeStatus.Ok)
        {
            writer = PutMnemonic(writer, in instruction);
            writer = PutOperands(writer, in instruction);
        }
        else
        {
            writer = writer.Text("("u8).Text(Word(Statuses, (int)instruction.Status)).Text(")"u8);
        }

        return writer;
    }

    public static Writer Bytes(Writer writer, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            writer = writer.Hex(value, 2).Text(" "u8);
        }

        return writer.Text(" "u8);
    }

    private static Writer PutMnemonic(Writer writer, in DecodedInstruction instruction)
    {
        bool compares = instruction.Operation is Operation.Cmps or Operation.Scas;
        writer = writer.Text(instruction.Lock ? "lock "u8 : ""u8).Text(instruction.Repeat == Repeat.None ? ""u8
            : !compares ? "rep "u8
            : instruction.Repeat == Repeat.WhileEqual ? "repe "u8 : "repne "u8);
        writer = writer.Text(Word(Mnemonics, (int)instruction.Operation));
        if (instruction.Operation is Operation.Cmovcc or Operation.Setcc)
        {
            writer = writer.Text(Word(Conditions, instruction.Condition));
        }

        return writer;
    }

    private static Writer PutOperands(Writer writer, in DecodedInstruction instruction)
    {
        switch (instruction.Form)
        {
            case OperandForm.String: return writer.Text(SizeLetters.Slice(instruction.MemorySize, 1));
            case OperandForm.RegisterMemory:
                writer = PutOwnRegister(writer.Text(" "u8), in instruction);
                return PutMemory(writer.Text(", "u8), in instruction);
            default: return PutSource(PutMemory(writer.Text(" "u8), in instruction), in instruction);
        }
    }

    private static Writer PutSource(Writer writer, in DecodedInstruction instruction) => instruction.Form switch
    {
        OperandForm.MemoryRegister when instruction.HasCount =>
            PutNumber(PutOwnRegister(writer.Text(", "u8), in instruction).Text(", "u8), instruction.Immediate),
        OperandForm.MemoryRegister => PutOwnRegister(writer.Text(", "u8), in instruction)
            .Text(instruction.CountsByCl ? ", cl"u8 : ""u8),
        OperandForm.MemoryImmediate => PutNumber(writer.Text(", "u8), instruction.Immediate),
        _ => writer,
    };

    private static Writer PutMemory(Writer writer, in DecodedInstruction instruction)
    {
        MemoryReference memory = instruction.Memory;
        writer = writer.Text(Word(SizeNames, instruction.MemorySize)).Text(" ["u8);
        if (memory.Segment is not (GuestSegment.Ds or GuestSegment.Ss))
        {
            writer = writer.Text(Word(Segments, (int)memory.Segment)).Text(":"u8);
        }

        bool any = memory.Base != MemoryReference.NoRegister;
        if (any)
        {
            writer = PutRegister(writer, memory.Base, instruction.AddressSize, false);
        }

        if (memory.Index != MemoryReference.NoRegister)
        {
            writer = writer.Text(any ? "+"u8 : ""u8);
            writer = PutRegister(writer, memory.Index, instruction.AddressSize, false);
            writer = writer.Text("   *2 *4 *8"u8.Slice(3 * memory.ScaleShift, memory.ScaleShift == 0 ? 0 : 2));
            any = true;
        }

        if (memory.RipRelative)
        {
            writer = writer.Text(instruction.AddressSize == 8 ? "rip"u8 : "eip"u8);
            any = true;
        }

        writer = PutDisplacement(writer, in instruction, any);
        return writer.Text("]"u8);
    }

    private static Writer PutDisplacement(Writer writer, in DecodedInstruction instruction, bool isAdded)
    {
        ulong displacement = instruction.Memory.Displacement;
        if (!isAdded)
        {
            return PutNumber(writer, displacement & Width.Mask(instruction.AddressSize));
        }

        bool negative = (long)displacement < 0;
        if (displacement != 0)
        {
            writer = PutNumber(writer.Text(negative ? "-"u8 : "+"u8), negative ? 0 - displacement : displacement);
        }

        return writer;
    }

    private static Writer PutOwnRegister(Writer writer, in DecodedInstruction instruction) =>
        PutRegister(writer, instruction.Register, instruction.RegisterSize, instruction.HighByte);

    private static Writer PutRegister(Writer writer, int number, int size, bool highByte)
    {
        if (number >= 8)
        {
            return writer.Text("r"u8).Decimal((ulong)number).Text(size == 8 ? ""u8 : SizeLetters.Slice(size, 1));
        }

        return writer.Text(size == 8 ? "r"u8 : size == 4 ? "e"u8 : ""u8)
            .Text(Word(highByte ? HighByteRegisters : size == 1 ? ByteRegisters : WordRegisters, number));
    }

    private static Writer PutNumber(Writer writer, ulong value) => writer.Text("0x"u8).Hex(value);

    // One of a list of words with single spaces between them.
    private static ReadOnlySpan<byte> Word(ReadOnlySpan<byte> words, int index)
    {
        for (; index > 0; index--)
        {
            words = words.Slice(words.IndexOf((byte)' ') + 1);
        }

        int length = words.IndexOf((byte)' ');
        return length < 0 ? words : words.Slice(0, length);
    }
}
