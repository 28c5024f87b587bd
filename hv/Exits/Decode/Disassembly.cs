// An instruction as text for the report: its bytes, and what they mean where the decoder knows it, in the manner of
// NASM.

using System;
using MinusOne.Hv.Report;
using MinusOne.Hv.X86;

namespace MinusOne.Hv.Exits.Decode;

internal static class Disassembly
{
    private static ReadOnlySpan<byte> Mnemonics =>
        "add or adc sbb and sub xor cmp rol ror rcl rcr shl shr sal sar bt bts btr btc test inc dec not neg "u8 +
        "mov movbe movnti movsx movsxd movzx cmov set xchg xadd cmpxchg cmpxchg8b movs cmps stos lods scas"u8;

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
    public static void Write(ref Writer writer, in DecodedInstruction instruction, ReadOnlySpan<byte> bytes)
    {
        int length = instruction.Length != 0 ? instruction.Length : Math.Min(bytes.Length, 15);
        for (int i = 0; i < length; i++)
        {
            writer.Hex(bytes[i], 2);
            writer.Text(" "u8);
        }

        writer.Text(" "u8);
        if (instruction.Status == DecodeStatus.Ok)
        {
            PutMnemonic(ref writer, in instruction);
            PutOperands(ref writer, in instruction);
        }
        else
        {
            writer.Text("("u8);
            writer.Text(Word(Statuses, (int)instruction.Status));
            writer.Text(")"u8);
        }
    }

    private static void PutMnemonic(ref Writer writer, in DecodedInstruction instruction)
    {
        bool compares = instruction.Operation is Operation.Cmps or Operation.Scas;
        writer.Text(instruction.Lock ? "lock "u8 : ""u8);
        writer.Text(instruction.Repeat == Repeat.None ? ""u8
            : !compares ? "rep "u8
            : instruction.Repeat == Repeat.WhileEqual ? "repe "u8 : "repne "u8);
        writer.Text(Word(Mnemonics, (int)instruction.Operation));
        if (instruction.Operation is Operation.Cmovcc or Operation.Setcc)
        {
            writer.Text(Word(Conditions, instruction.Condition));
        }
    }

    private static void PutOperands(ref Writer writer, in DecodedInstruction instruction)
    {
        switch (instruction.Form)
        {
            case OperandForm.String:
                writer.Text(SizeLetters.Slice(instruction.MemorySize, 1));
                break;
            case OperandForm.RegisterMemory:
                writer.Text(" "u8);
                PutRegister(ref writer, instruction.Register, instruction.RegisterSize, instruction.HighByte);
                writer.Text(", "u8);
                PutMemory(ref writer, in instruction);
                break;
            default:
                writer.Text(" "u8);
                PutMemory(ref writer, in instruction);
                PutSource(ref writer, in instruction);
                break;
        }
    }

    private static void PutSource(ref Writer writer, in DecodedInstruction instruction)
    {
        if (instruction.Form == OperandForm.MemoryRegister)
        {
            writer.Text(", "u8);
            PutRegister(ref writer, instruction.Register, instruction.RegisterSize, instruction.HighByte);
        }
        else if (instruction.Form == OperandForm.MemoryImmediate)
        {
            writer.Text(", "u8);
            PutNumber(ref writer, instruction.Immediate);
        }
    }

    private static void PutMemory(ref Writer writer, in DecodedInstruction instruction)
    {
        MemoryOperand memory = instruction.Memory;
        writer.Text(Word(SizeNames, instruction.MemorySize));
        writer.Text(" ["u8);
        if (memory.Segment is not (SegmentRegister.Ds or SegmentRegister.Ss))
        {
            writer.Text(Word(Segments, (int)memory.Segment));
            writer.Text(":"u8);
        }

        bool any = memory.Base != MemoryOperand.NoRegister;
        if (any)
        {
            PutRegister(ref writer, memory.Base, instruction.AddressSize, false);
        }

        if (memory.Index != MemoryOperand.NoRegister)
        {
            writer.Text(any ? "+"u8 : ""u8);
            PutRegister(ref writer, memory.Index, instruction.AddressSize, false);
            writer.Text("   *2 *4 *8"u8.Slice(3 * memory.ScaleShift, memory.ScaleShift == 0 ? 0 : 2));
            any = true;
        }

        if (memory.RipRelative)
        {
            writer.Text(instruction.AddressSize == 8 ? "rip"u8 : "eip"u8);
            any = true;
        }

        PutDisplacement(ref writer, in instruction, any);
        writer.Text("]"u8);
    }

    private static void PutDisplacement(ref Writer writer, in DecodedInstruction instruction, bool isAdded)
    {
        ulong displacement = instruction.Memory.Displacement;
        if (!isAdded)
        {
            PutNumber(ref writer, displacement & Width.Mask(instruction.AddressSize));
            return;
        }

        bool negative = (long)displacement < 0;
        if (displacement != 0)
        {
            writer.Text(negative ? "-"u8 : "+"u8);
            PutNumber(ref writer, negative ? 0 - displacement : displacement);
        }
    }

    private static void PutRegister(ref Writer writer, int number, int size, bool highByte)
    {
        if (number >= 8)
        {
            writer.Text("r"u8);
            writer.Decimal((ulong)number);
            writer.Text(size == 8 ? ""u8 : SizeLetters.Slice(size, 1));
            return;
        }

        writer.Text(size == 8 ? "r"u8 : size == 4 ? "e"u8 : ""u8);
        writer.Text(Word(highByte ? HighByteRegisters : size == 1 ? ByteRegisters : WordRegisters, number));
    }

    private static void PutNumber(ref Writer writer, ulong value)
    {
        writer.Text("0x"u8);
        writer.Hex(value);
    }

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
