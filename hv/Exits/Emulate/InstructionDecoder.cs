// Bytes to Instruction, for every instruction that an access to a device's registers is made with: MOV in its forms,
// integer arithmetic and logic, bits, shifts, exchanges and strings. SDM 2 2.1 Instruction Format for Protected Mode,
// Real-Address Mode, and Virtual-8086 Mode; 2.2 IA-32e Mode.
// Left out, and reported as such: everything without a memory operand, multiplication and division, the stack,
// branches, segment registers, x87, MMX, SSE and later.
namespace MinusOne.Hv.Exits.Emulate;

internal ref struct InstructionDecoder
{
    private readonly CodeSize _code;
    private readonly Prefixes _prefixes;
    private readonly int _operandSize;
    private readonly int _addressSize;

    // One number for all maps: 0x89, 0x0FB6, 0x0F38F0.
    private readonly int _opcode;
    private readonly byte _layout;
    private InstructionReader _bytes;
    private int _register;
    private bool _namesMemory;
    private MemoryReference _memory;
    private ulong _immediate;

    private InstructionDecoder(ReadOnlySpan<byte> bytes, CodeSize code)
    {
        _code = code;
        _bytes = new InstructionReader(bytes);
        _prefixes = Prefixes.Read(ref _bytes, code);
        _operandSize = _prefixes.OperandSizeIn(code);
        _addressSize = _prefixes.AddressSizeIn(code);
        _opcode = ReadOpcode(ref _bytes);
        _layout = OpcodeLayout.Of(_opcode);
    }

    // The reg field of ModRM as more of the opcode.
    private readonly int Extension => _register & 7;

    // Up to 15 bytes from RIP on; with fewer the answer may be that more are needed.
    public static DecodedInstruction Decode(ReadOnlySpan<byte> bytes, CodeSize code)
    {
        var decoder = new InstructionDecoder(bytes, code);
        decoder.ReadOperands();
        return decoder.Conclude();
    }

    private static int ReadOpcode(ref InstructionReader bytes)
    {
        int opcode = bytes.Next();
        if (opcode != 0x0F)
        {
            return opcode;
        }

        opcode = 0x0F00 | bytes.Next();
        return opcode is 0x0F38 or 0x0F3A ? (opcode << 8) | bytes.Next() : opcode;
    }

    private void ReadOperands()
    {
        if (OpcodeLayout.HasModRm(_layout))
        {
            var modRm = new ModRm(_bytes.Next());
            _register = modRm.Register | _prefixes.RexR;
            _namesMemory = modRm.NamesMemory && _layout != OpcodeLayout.RegisterModRm;
            _memory = _namesMemory ? modRm.ReadMemory(ref _bytes, _addressSize, in _prefixes, _code) : default;
        }

        int size = OpcodeLayout.ImmediateSize(_layout, Extension, _operandSize, _addressSize, _code);
        _immediate = _bytes.Number(size);
        if (_layout == OpcodeLayout.Offset)
        {
            _namesMemory = true;
            _memory = MemoryReference.At(MemoryReference.NoRegister, _prefixes.SegmentOr(GuestSegment.Ds));
            _memory.Displacement = _immediate & Width.Mask(size);
        }
    }

    private readonly DecodedInstruction Conclude()
    {
        DecodedInstruction instruction = default;
        instruction.Code = _code;
        instruction.Status = _bytes.Status;
        if (instruction.Status != DecodeStatus.Ok)
        {
            return instruction;
        }

        instruction.Length = (byte)(_layout == OpcodeLayout.Unknown ? 0 : _bytes.Position);
        OpcodeEntry entry = OpcodeMap.Find(_opcode, Extension, _operandSize, in _prefixes, _code);
        bool emulated = entry.Status == DecodeStatus.Ok && (_namesMemory || entry.Form == OperandForm.String);
        if (_prefixes.Lock && !MayLock(in entry, emulated))
        {
            instruction.Status = DecodeStatus.Invalid;
        }
        else if (emulated)
        {
            Describe(ref instruction, in entry);
        }
        else
        {
            instruction.Status = entry.Status != DecodeStatus.Ok ? entry.Status : DecodeStatus.Unsupported;
        }

        return instruction;
    }

    private readonly void Describe(ref DecodedInstruction instruction, in OpcodeEntry entry)
    {
        instruction.Operation = entry.Operation;
        instruction.Form = entry.Form;
        instruction.Access = entry.Access;
        instruction.Condition = (byte)(_opcode & 0xF);
        instruction.Lock = _prefixes.Lock;
        instruction.AddressSize = (byte)_addressSize;
        instruction.MemorySize = entry.MemorySize;
        instruction.RegisterSize = entry.RegisterSize;
        instruction.Memory = _memory;
        instruction.Register = (byte)_register;
        if (entry.RegisterSize == 1 && _prefixes.Rex == 0 && _register >= 4)
        {
            instruction.HighByte = true;
            instruction.Register -= 4;
        }

        instruction.Immediate = _immediate & Width.Mask(entry.ImmediateWidth);
        if (entry.IsShift && (_opcode & 0xF0) == 0xD0)
        {
            // The count is no part of these encodings: 1, or CL.
            instruction.Immediate = 1;
            instruction.Register = RegisterOperand.Rcx;
            instruction.HighByte = false;
        }

        if (entry.Form == OperandForm.String)
        {
            DescribeString(ref instruction);
        }
    }

    private readonly void DescribeString(ref DecodedInstruction instruction)
    {
        GuestSegment source = _prefixes.SegmentOr(GuestSegment.Ds);
        instruction.Repeat = _prefixes.Repeat;
        instruction.SourceSegment = source;
        instruction.Memory = instruction.Operation == Operation.Lods
            ? MemoryReference.At(RegisterOperand.Rsi, source)
            : MemoryReference.At(RegisterOperand.Rdi, GuestSegment.Es);
    }

    // LOCK goes with a change of memory that depends on what was there. Of the rest, CMPXCHG16B alone has it.
    private readonly bool MayLock(in OpcodeEntry entry, bool emulated) => emulated
        ? entry.Access == OperandAccess.ReadWrite && !entry.IsShift && !entry.IsDoubleShift
        : _opcode == 0x0FC7 && _namesMemory;
}

// The bytes of one instruction, read forward: never past the span, never past the 15 bytes an instruction may have.
// Reads beyond that give zeros and are remembered.
internal ref struct InstructionReader
{
    private const int LongestInstruction = 15;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _end;
    private bool _ranOut;

    public InstructionReader(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        _end = Math.Min(bytes.Length, LongestInstruction);
    }

    public int Position { get; private set; }

    // Whether everything asked for was there.
    public readonly DecodeStatus Status =>
        !_ranOut ? DecodeStatus.Ok : _end == LongestInstruction ? DecodeStatus.TooLong : DecodeStatus.Truncated;

    public byte Peek()
    {
        if (Position < _end)
        {
            return _bytes[Position];
        }

        _ranOut = true;
        return 0;
    }

    public byte Next()
    {
        byte value = Peek();
        Position++;
        return value;
    }

    // A little-endian number of so many bytes, sign-extended.
    public ulong Number(int size)
    {
        ulong value = 0;
        for (int i = 0; i < size; i++)
        {
            value |= (ulong)Next() << (8 * i);
        }

        return size == 0 ? 0 : Width.SignExtend(value, size);
    }
}
