// One random instruction with registers that make its operands lie in the memory at hand.

using System;
using System.Buffers.Binary;
using System.Text;
using Iced.Intel;
using CodeSize = MinusOne.Hv.Exits.Emulate.CodeSize;
using MemoryReference = MinusOne.Hv.Exits.Emulate.MemoryReference;

namespace MinusOne.Tests.Unit.Decode;

internal sealed class ExecutionCase
{
    private const byte None = MemoryReference.NoRegister;
    private const int Rsp = 4;
    private const ulong Upper = 0xFFFF_FFFF_0000_0000;

    private readonly byte[] _bytes = new byte[18];
    private readonly Random _random;
    private DecodedInstruction _instruction;
    private GuestRegisters _registers;
    private SegmentBases _bases;
    private Rflags _rflags;
    private ulong _rip;

    private ExecutionCase(Random random)
    {
        _random = random;
    }

    public Operation Operation => _instruction.Operation;

    // Null if what came up cannot be executed here.
    public static ExecutionCase Create(Random random, NativeProcessor processor, EmulatedMemory memory)
    {
        var made = new ExecutionCase(random);
        Encodings.Fill(random, made._bytes);
        made._instruction = InstructionDecoder.Decode(made._bytes, CodeSize.Bits64);
        return made.IsExecutable() && made.Arrange(processor, memory) ? made : null;
    }

    // Runs both and describes the first difference.
    public string Compare(NativeProcessor processor, EmulatedMemory memory)
    {
        GuestRegisters real = _registers, ours = _registers;
        Rflags realFlags = _rflags, ourFlags = _rflags;
        memory.Bytes.CopyTo(processor.Memory);
        if (!memory.Run(in _instruction, ref ours, ref ourFlags, in _bases, _rip))
        {
            processor.Memory.CopyTo(memory.Bytes);
            return null;
        }

        processor.Run(_bytes.AsSpan(0, _instruction.Length), ref real, ref realFlags, _bases[GuestSegment.Gs]);
        for (int i = 0; i < 16; i++)
        {
            if (real[i] != ours[i])
            {
                return $"register {i}: the processor has {real[i]:X}, we {ours[i]:X}";
            }
        }

        Rflags defined = DefinedFlags.Of(in _instruction, ref _registers);
        if (((realFlags ^ ourFlags) & defined) != 0)
        {
            return $"flags: the processor has {realFlags}, we {ourFlags}, of {defined & (realFlags ^ ourFlags)}";
        }

        int offset = memory.Bytes.AsSpan().CommonPrefixLength(processor.Memory);
        return offset == memory.Bytes.Length ? null
            : $"memory at {offset:X}: the processor has {processor.Memory[offset]:X}, we {memory.Bytes[offset]:X}";
    }

    private bool IsExecutable()
    {
        MemoryReference operand = _instruction.Memory;
        bool registerIsAddress = _instruction.Register == operand.Base;
        return _instruction.Status == DecodeStatus.Ok && operand.Base != Rsp &&
            (operand.Base != operand.Index || operand.Base == None) &&
            (_instruction.Register != Rsp || _instruction.HighByte) &&
            !(_instruction.SelectsBitByRegister && registerIsAddress);
    }

    private bool Arrange(NativeProcessor processor, EmulatedMemory memory)
    {
        _rip = processor.Rip;
        _bases[GuestSegment.Fs] = processor.FsBase;
        _bases[GuestSegment.Gs] = (ulong)_random.Next(0x1000_0000);
        _rflags = (Rflags)(0x202 | (_random.NextInt64() & 0xCD5));
        for (int i = 0; i < 16; i++)
        {
            ulong value = (ulong)_random.NextInt64(long.MinValue, long.MaxValue);
            _registers[i] = _random.Next(4) == 0 ? value >> 56 : value;
        }

        // An even chance for what needs equality, and locked accesses aligned: the system punishes others.
        ulong target = processor.Data + 0x6000 + (ulong)_random.Next(0x4000);
        target &= _instruction.Access == OperandAccess.ReadWrite ? ~7UL : ~0UL;
        if (_random.Next(2) == 0)
        {
            memory.TryRead(new Gva(target), 8, out ulong value);
            _registers.Rax = value;
            _registers.Rdx = _instruction.Operation == Operation.Cmpxchg8b ? value >> 32 : _registers.Rdx;
        }

        if (_instruction.Form == OperandForm.String)
        {
            ArrangeString(target);
        }
        else
        {
            ArrangeOperand(target);
        }

        _registers.Rsp = 0;
        return Reaches(memory);
    }

    private bool Reaches(EmulatedMemory memory)
    {
        DecodedInstruction again = InstructionDecoder.Decode(_bytes, CodeSize.Bits64);
        bool same = again.Status == DecodeStatus.Ok && again.Length == _instruction.Length;
        if (again.Operation is Operation.Shld or Operation.Shrd
            && DefinedFlags.DoubleShiftCount(in again, ref _registers) > again.MemorySize * 8)
        {
            return false; // undefined
        }

        _instruction = again;
        return same && memory.TryRead(OperandAddress.OfMemory(in again, ref _registers, in _bases, _rip), 8, out _);
    }

    // With 32-bit addresses and a count of 0, some of Intel's processors clear the registers' upper halves, and
    // others, as the manual has it, change nothing: then there is nothing in them.
    private void ArrangeString(ulong target)
    {
        uint count = (uint)_random.Next(12);
        ulong address = _instruction.AddressSize == 4 ? ~Upper : ulong.MaxValue;
        ulong garbage = count != 0 ? ~address : 0;
        ulong source = target + (ulong)_random.Next(-64, 64) - _bases.OrZero(_instruction.SourceSegment);
        ulong destination = target;
        if (_instruction.Operation == Operation.Cmps && _random.Next(2) == 0)
        {
            destination = source;
        }

        _registers.Rsi = (_registers.Rsi & garbage) | (source & address);
        _registers.Rdi = (_registers.Rdi & garbage) | (destination & address);
        _registers.Rcx = (_registers.Rcx & garbage) | count;
    }

    private void ArrangeOperand(ulong target)
    {
        if (_instruction.SelectsBitByRegister && _instruction.RegisterSize > 2)
        {
            _registers[_instruction.Register] = (ulong)_random.NextInt64(-0x20000, 0x20000);
        }

        MemoryReference operand = _instruction.Memory;
        ulong offset = target - _bases.OrZero(operand.Segment);
        if (operand.Base == None)
        {
            PatchDisplacement(offset);
            return;
        }

        ulong index = operand.Index == None ? 0 : _registers[operand.Index] << operand.ScaleShift;
        ulong needed = offset - operand.Displacement - index;
        ulong garbage = _instruction.AddressSize == 4 ? Upper : 0;
        _registers[operand.Base] = (_registers[operand.Base] & garbage) | (needed & ~garbage);
    }

    private void PatchDisplacement(ulong offset)
    {
        Iced.Intel.Decoder decoder = Iced.Intel.Decoder.Create(64, new ByteArrayCodeReader(_bytes));
        ConstantOffsets offsets = decoder.GetConstantOffsets(decoder.Decode());
        MemoryReference operand = _instruction.Memory;
        ulong index = operand.Index == None ? 0 : _registers[operand.Index] << operand.ScaleShift;
        ulong displacement = offset - index - (operand.RipRelative ? _rip + _instruction.Length : 0);
        Span<byte> whole = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(whole, displacement);
        whole[..offsets.DisplacementSize].CopyTo(_bytes.AsSpan(offsets.DisplacementOffset));
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        Iced.Intel.Instruction theirs = Iced.Intel.Decoder.Create(64, _bytes).Decode();
        text.Append($"{Convert.ToHexString(_bytes, 0, _instruction.Length)} {theirs}, RFLAGS {_rflags}");
        for (int i = 0; i < 16; i++)
        {
            text.Append($" {i}:{_registers[i]:X}");
        }

        return text.ToString();
    }
}
