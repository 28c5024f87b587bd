// What instructions are called that nobody here carries out, for a listing: the name alone, and where a jump goes. SDM
// 2D A Opcode Map, tables. Left out is what comes with x87, MMX, SSE and later.
namespace MinusOne.Hv.Report;

internal static class InstructionName
{
    // ModRM from here on names no memory.
    private const int Register = 0xC0;

    // A word for each opcode from 80h or 00h on; `-` has none, a group has its words in Groups, by the reg field.
    private static ReadOnlySpan<byte> Low =>
        "bound - - - - - - - push imul push imul ins ins outs outs"u8;

    private static ReadOnlySpan<byte> Middle =>
        "#0 #0 #0 #0 test test xchg xchg mov mov mov mov mov lea mov pop "u8 +
        "nop xchg xchg xchg xchg xchg xchg xchg cbw cwd callf wait pushf popf sahf lahf "u8 +
        "mov mov mov mov movs movs cmps cmps test test stos stos lods lods scas scas "u8 +
        "mov mov mov mov mov mov mov mov mov mov mov mov mov mov mov mov "u8 +
        "#1 #1 ret ret les lds mov mov enter leave retf retf int3 int into iret "u8 +
        "#1 #1 #1 #1 aam aad - xlat x87 x87 x87 x87 x87 x87 x87 x87 "u8 +
        "loopne loope loop jcxz in in out out call jmp jmpf jmp in in out out "u8 +
        "- int1 - - hlt cmc #2 #2 clc stc cli sti cld std #3 #3"u8;

    // Eight words a group: 80h, C0h, F6h, FEh; 0F 00h, 0F 01h with memory, 0F AEh, 0F C7h.
    private static ReadOnlySpan<byte> Groups =>
        "add or adc sbb and sub xor cmp rol ror rcl rcr shl shr sal sar test test not neg mul imul div idiv "u8 +
        "inc dec call callf jmp jmpf push - sldt str lldt ltr verr verw - - "u8 +
        "sgdt sidt lgdt lidt smsw - lmsw invlpg fxsave fxrstor ldmxcsr stmxcsr xsave xrstor xsaveopt clflush "u8 +
        "- cmpxchg8b - xrstors xsavec xsaves rdrand rdseed"u8;

    private static ReadOnlySpan<byte> Conditions => "o no b ae e ne be a s ns p np l ge le g"u8;

    // One byte, or 0F00h and the second; behind it the next byte, which is ModRM or an immediate.
    public static int OpcodeOf(ReadOnlySpan<byte> bytes, CodeSize code, out int next)
    {
        var reader = new InstructionReader(bytes);
        Prefixes.Read(ref reader, code);
        int opcode = reader.Next();
        opcode = opcode == 0x0F ? 0x0F00 | reader.Next() : opcode;
        next = reader.Peek();
        return opcode;
    }

    public static bool Pushes(int opcode, int modRm) =>
        opcode is (>= 0x50 and < 0x58) or 0x68 or 0x6A or 0xE8 or 0x9A or 0x9C or 0x60
            || (opcode == 0xFF && ((modRm >> 3) & 7) is 2 or 3 or 6);

    public static bool Pops(int opcode) =>
        opcode is (>= 0x58 and < 0x60) or 0xC2 or 0xC3 or 0xC9 or 0xCA or 0xCB or 0xCF or 0x9D or 0x61;

    // False: there is no name for it here. `length` is that of the instruction, `address` where it is.
    public static bool TryWrite(
        ref Writer line, ReadOnlySpan<byte> bytes, CodeSize code, int length, ulong address)
    {
        int opcode = OpcodeOf(bytes, code, out int next);
        bool isLong = opcode >= 0x0F80;
        bool isJump = (opcode & 0xF0) is 0x70 && opcode < 0x80 || opcode is >= 0x0F80 and < 0x0F90;
        ReadOnlySpan<byte> word = opcode >= 0x0F00 ? Second(opcode & 0xFF, next) : First(opcode, next, code);
        ReadOnlySpan<byte> condition = Word(Conditions, opcode & 15);
        if (word.IsEmpty && !isJump && (opcode & ~0x1F) != 0x0F80 && (opcode & ~0xF) != 0x0F40)
        {
            return false;
        }

        line = isJump ? line.Text("j"u8).Text(condition)
            : (opcode & ~0xF) == 0x0F90 ? line.Text("set"u8).Text(condition)
            : (opcode & ~0xF) == 0x0F40 ? line.Text("cmov"u8).Text(condition)
            : line.Text(word);
        bool isRelative = isJump || opcode is 0xE8 or 0xE9 or 0xEB or (>= 0xE0 and < 0xE4);
        int size = isLong || opcode is 0xE8 or 0xE9 ? Math.Min(4, (int)code) : 1;
        if (isRelative && length > size)
        {
            var tail = new InstructionReader(bytes.Slice(length - size));
            ulong target = address + (uint)length + tail.Number(size);
            line = line.Text(" "u8).Hex(code == CodeSize.Bits64 ? target : (uint)target);
        }

        return true;
    }

    private static ReadOnlySpan<byte> First(int opcode, int modRm, CodeSize code) => opcode switch
    {
        < 0x40 when (opcode & 7) < 6 => Word(Groups, opcode >> 3),
        0x27 => "daa"u8,
        0x2F => "das"u8,
        0x37 => "aaa"u8,
        0x3F => "aas"u8,
        < 0x40 => (opcode & 1) == 0 ? "push"u8 : "pop"u8,
        < 0x48 => "inc"u8,
        < 0x50 => "dec"u8,
        < 0x58 => "push"u8,
        < 0x60 => "pop"u8,
        0x60 => "pusha"u8,
        0x61 => "popa"u8,
        0x63 => code == CodeSize.Bits64 ? "movsxd"u8 : "arpl"u8,
        >= 0x62 and < 0x70 => Known(Word(Low, opcode == 0x62 ? 0 : opcode - 0x60), modRm),
        < 0x80 => default,
        0xC6 or 0xC7 when (modRm & 0x38) != 0 => default,
        _ => Known(Word(Middle, opcode - 0x80), modRm),
    };

    private static ReadOnlySpan<byte> Second(int opcode, int modRm) => opcode switch
    {
        0x00 => Group(4, modRm),
        0x01 => modRm switch
        {
            0xC1 => "vmcall"u8,
            0xC8 => "monitor"u8,
            0xC9 => "mwait"u8,
            0xCA => "clac"u8,
            0xCB => "stac"u8,
            0xD0 => "xgetbv"u8,
            0xD1 => "xsetbv"u8,
            0xD9 => "vmmcall"u8,
            0xF8 => "swapgs"u8,
            0xF9 => "rdtscp"u8,
            _ => modRm < Register || (modRm & 0x28) == 0x20 ? Group(5, modRm) : default,
        },
        0x05 => "syscall"u8,
        0x06 => "clts"u8,
        0x07 => "sysret"u8,
        0x08 => "invd"u8,
        0x09 => "wbinvd"u8,
        0x0B or 0xB9 or 0xFF => "ud2"u8,
        0x1E or 0x1F => "nop"u8,
        0x20 or 0x22 => "mov cr"u8,
        0x21 or 0x23 => "mov dr"u8,
        _ => Rest(opcode, modRm),
    };

    private static ReadOnlySpan<byte> Rest(int opcode, int modRm) => opcode switch
    {
        0x30 => "wrmsr"u8,
        0x31 => "rdtsc"u8,
        0x32 => "rdmsr"u8,
        0x33 => "rdpmc"u8,
        0x34 => "sysenter"u8,
        0x35 => "sysexit"u8,
        0xA0 or 0xA8 => "push"u8,
        0xA1 or 0xA9 => "pop"u8,
        0xA2 => "cpuid"u8,
        0xAE => modRm switch
        {
            0xE8 => "lfence"u8,
            0xF0 => "mfence"u8,
            0xF8 => "sfence"u8,
            _ => modRm < Register ? Group(6, modRm) : default,
        },
        0xAF => "imul"u8,
        0xB6 or 0xB7 => "movzx"u8,
        0xBE or 0xBF => "movsx"u8,
        0xBC => "bsf"u8,
        0xBD => "bsr"u8,
        0xC7 => modRm < Register == (modRm & 0x38) < 0x30 ? Group(7, modRm) : default,
        >= 0xC8 and < 0xD0 => "bswap"u8,
        _ => default,
    };

    private static ReadOnlySpan<byte> Known(ReadOnlySpan<byte> word, int modRm) =>
        word.Length > 1 && word[0] == '#' ? Group(word[1] - '0', modRm) : word.SequenceEqual("-"u8) ? default : word;

    private static ReadOnlySpan<byte> Group(int group, int modRm)
    {
        ReadOnlySpan<byte> word = Word(Groups, (group * 8) + ((modRm >> 3) & 7));
        return word.SequenceEqual("-"u8) ? default : word;
    }

    private static ReadOnlySpan<byte> Word(ReadOnlySpan<byte> words, int index)
    {
        var list = new WordList(words);
        for (; index >= 0; index--)
        {
            list.MoveNext();
        }

        return list.Current;
    }
}
