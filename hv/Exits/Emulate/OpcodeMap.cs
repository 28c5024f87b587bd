// The emulated part of the opcode maps, as instructions with a memory operand. SDM 2 A.3 One, Two, and Three-Byte
// Opcode Maps, A.4 Opcode Extensions. An even opcode works on bytes, the odd one after it on the operand size, where
// nothing else is said.
namespace MinusOne.Hv.Exits.Emulate;

internal static class OpcodeMap
{
    // extension: the reg field of ModRM.
    public static OpcodeEntry Find(int opcode, int extension, int operandSize, in Prefixes prefixes, CodeSize code)
    {
        int size = (opcode & 1) == 0 ? 1 : operandSize;
        return opcode switch
        {
            < 0x100 => OneByte(opcode, extension, size, operandSize, code),
            0x0FC3 => MoveNonTemporal(in prefixes),
            0x0FC7 when extension == 1 && !prefixes.RexW => new(Operation.Cmpxchg8b, OperandForm.Memory, 8),
            0x0F38F0 or 0x0F38F1 => MoveBigEndian(opcode, operandSize, in prefixes),
            < 0x1000 => TwoByte(opcode, extension, size, operandSize),
            _ => OpcodeEntry.Unsupported,
        };
    }

    private static OpcodeEntry OneByte(int opcode, int extension, int size, int operandSize, CodeSize code)
    {
        const OperandForm RegisterMemory = OperandForm.RegisterMemory;
        const OperandForm MemoryRegister = OperandForm.MemoryRegister;
        return opcode switch
        {
            < 0x40 when (opcode & 4) == 0 =>
                new(Nth(Operation.Add, opcode >> 3), (opcode & 2) == 0 ? MemoryRegister : RegisterMemory, size),
            0x63 when code == CodeSize.Bits64 =>
                new(Operation.Movsxd, RegisterMemory, operandSize, operandSize == 2 ? 2 : 4),
            0x82 when code == CodeSize.Bits64 => OpcodeEntry.Invalid,
            0x80 or 0x81 or 0x82 or 0x83 => new(Nth(Operation.Add, extension), OperandForm.MemoryImmediate, size),
            0x84 or 0x85 => new(Operation.Test, MemoryRegister, size),
            0x86 or 0x87 => new(Operation.Xchg, MemoryRegister, size),
            0x88 or 0x89 or 0xA2 or 0xA3 => new(Operation.Mov, MemoryRegister, size),
            0x8A or 0x8B or 0xA0 or 0xA1 => new(Operation.Mov, RegisterMemory, size),
            0xA4 or 0xA5 => new(Operation.Movs, OperandForm.String, size),
            0xA6 or 0xA7 => new(Operation.Cmps, OperandForm.String, size),
            0xAA or 0xAB => new(Operation.Stos, OperandForm.String, size),
            0xAC or 0xAD => new(Operation.Lods, OperandForm.String, size),
            0xAE or 0xAF => new(Operation.Scas, OperandForm.String, size),
            0xC0 or 0xC1 or 0xD0 or 0xD1 => new(Nth(Operation.Rol, extension), OperandForm.MemoryImmediate, size),
            0xD2 or 0xD3 => new(Nth(Operation.Rol, extension), MemoryRegister, 1, size),
            0xC6 or 0xC7 => Group11(extension, size),
            0xF6 or 0xF7 => Group3(extension, size),
            0xFE or 0xFF => Group4And5(opcode, extension, size),
            _ => OpcodeEntry.Unsupported,
        };
    }

    private static OpcodeEntry Group3(int extension, int size) => extension switch
    {
        0 or 1 => new(Operation.Test, OperandForm.MemoryImmediate, size),
        2 => new(Operation.Not, OperandForm.Memory, size),
        3 => new(Operation.Neg, OperandForm.Memory, size),
        _ => OpcodeEntry.Unsupported,
    };

    // Group 5 goes on with branches and PUSH.
    private static OpcodeEntry Group4And5(int opcode, int extension, int size) => extension switch
    {
        0 => new(Operation.Inc, OperandForm.Memory, size),
        1 => new(Operation.Dec, OperandForm.Memory, size),
        7 => OpcodeEntry.Invalid,
        _ => opcode == 0xFE ? OpcodeEntry.Invalid : OpcodeEntry.Unsupported,
    };

    // 7 is XABORT and XBEGIN, with their own operands.
    private static OpcodeEntry Group11(int extension, int size) => extension switch
    {
        0 => new(Operation.Mov, OperandForm.MemoryImmediate, size),
        7 => OpcodeEntry.Unsupported,
        _ => OpcodeEntry.Invalid,
    };

    private static OpcodeEntry TwoByte(int opcode, int extension, int size, int operandSize)
    {
        const OperandForm RegisterMemory = OperandForm.RegisterMemory;
        const OperandForm MemoryRegister = OperandForm.MemoryRegister;
        return opcode switch
        {
            >= 0x0F40 and <= 0x0F4F => new(Operation.Cmovcc, RegisterMemory, operandSize),
            >= 0x0F90 and <= 0x0F9F => new(Operation.Setcc, OperandForm.Memory, 1),
            0x0FA3 or 0x0FAB or 0x0FB3 or 0x0FBB =>
                new(Nth(Operation.Bt, (opcode >> 3) & 3), MemoryRegister, operandSize),
            0x0FBA => extension < 4
                ? OpcodeEntry.Invalid
                : new(Nth(Operation.Bt, extension & 3), OperandForm.MemoryImmediate, operandSize),
            0x0FA4 or 0x0FA5 => new(Operation.Shld, MemoryRegister, operandSize),
            0x0FAC or 0x0FAD => new(Operation.Shrd, MemoryRegister, operandSize),
            0x0FB0 or 0x0FB1 => new(Operation.Cmpxchg, MemoryRegister, size),
            0x0FB6 or 0x0FB7 => new(Operation.Movzx, RegisterMemory, operandSize, (opcode & 1) + 1),
            0x0FBE or 0x0FBF => new(Operation.Movsx, RegisterMemory, operandSize, (opcode & 1) + 1),
            0x0FC0 or 0x0FC1 => new(Operation.Xadd, MemoryRegister, size),
            _ => OpcodeEntry.Unsupported,
        };
    }

    // It moves 4 or 8 bytes in every mode. No prefix selects another instruction here, and none is allowed.
    private static OpcodeEntry MoveNonTemporal(in Prefixes prefixes) =>
        prefixes.OperandSize || prefixes.Repeat != Repeat.None
            ? OpcodeEntry.Invalid
            : new(Operation.Movnti, OperandForm.MemoryRegister, prefixes.RexW ? 8 : 4);

    // With F2 this opcode is CRC32.
    private static OpcodeEntry MoveBigEndian(int opcode, int operandSize, in Prefixes prefixes) =>
        prefixes.Repeat != Repeat.None
            ? OpcodeEntry.Unsupported
            : new(
                Operation.Movbe,
                (opcode & 1) == 0 ? OperandForm.RegisterMemory : OperandForm.MemoryRegister,
                operandSize);

    private static Operation Nth(Operation first, int index) => (Operation)((int)first + index);
}

// What the opcode map says about one opcode: an operation with its operands, or that there is none.
internal readonly struct OpcodeEntry(Operation operation, OperandForm form, int registerSize, int memorySize)
{
    public readonly DecodeStatus Status = DecodeStatus.Ok;
    public readonly Operation Operation = operation;
    public readonly OperandForm Form = form;
    public readonly byte RegisterSize = (byte)registerSize;
    public readonly byte MemorySize = (byte)memorySize;

    public OpcodeEntry(Operation operation, OperandForm form, int size)
        : this(operation, form, size, size)
    {
    }

    private OpcodeEntry(DecodeStatus status)
        : this(default, default, 0) => Status = status;

    public OperandAccess Access => Operation switch
    {
        Operation.Movs => OperandAccess.ReadSource | OperandAccess.Write,
        Operation.Cmps => OperandAccess.ReadSource | OperandAccess.Read,
        Operation.Lods or Operation.Scas => OperandAccess.Read,
        Operation.Stos or Operation.Setcc => OperandAccess.Write,
        _ when Form == OperandForm.RegisterMemory => OperandAccess.Read,
        Operation.Cmp or Operation.Test or Operation.Bt => OperandAccess.Read,
        Operation.Mov or Operation.Movbe or Operation.Movnti => OperandAccess.Write,
        _ => OperandAccess.ReadWrite,
    };

    public bool IsShift => Operation is >= Operation.Rol and <= Operation.Sar;
    public bool IsDoubleShift => Operation is Operation.Shld or Operation.Shrd;

    // An immediate that counts bits is a byte; any other is extended to the operand's width.
    public int ImmediateWidth => Operation is >= Operation.Rol and <= Operation.Btc || IsDoubleShift ? 1 : MemorySize;

    public static OpcodeEntry Invalid => new(DecodeStatus.Invalid);
    public static OpcodeEntry Unsupported => new(DecodeStatus.Unsupported);
}
