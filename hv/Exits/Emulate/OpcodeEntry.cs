// What the opcode map says about one opcode: an operation with its operands, or that there is none.

namespace MinusOne.Hv.Exits.Emulate;

internal readonly struct OpcodeEntry
{
    public readonly DecodeStatus Status;
    public readonly Operation Operation;
    public readonly OperandForm Form;
    public readonly byte RegisterSize;
    public readonly byte MemorySize;

    public OpcodeEntry(Operation operation, OperandForm form, int size)
        : this(operation, form, size, size)
    {
    }

    public OpcodeEntry(Operation operation, OperandForm form, int registerSize, int memorySize)
    {
        Status = DecodeStatus.Ok;
        Operation = operation;
        Form = form;
        RegisterSize = (byte)registerSize;
        MemorySize = (byte)memorySize;
    }

    private OpcodeEntry(DecodeStatus status)
    {
        this = default;
        Status = status;
    }

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
    public int ImmediateWidth =>
        Operation is >= Operation.Rol and <= Operation.Btc || IsDoubleShift ? 1 : MemorySize;

    public static OpcodeEntry Invalid => new(DecodeStatus.Invalid);

    public static OpcodeEntry Unsupported => new(DecodeStatus.Unsupported);
}
