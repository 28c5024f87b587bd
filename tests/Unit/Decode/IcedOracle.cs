// What Iced says about the same bytes, in our words. Returns the first difference, or null.

using System;
using System.Collections.Generic;
using Iced.Intel;
using CodeSize = MinusOne.Hv.Exits.Emulate.CodeSize;
using MemoryReference = MinusOne.Hv.Exits.Emulate.MemoryReference;

namespace MinusOne.Tests.Unit.Decode;

internal sealed class IcedOracle
{
    // Iced names every condition and every string width; we name the operation.
    private static readonly Dictionary<Mnemonic, Operation> s_operations = NameOperations();

    private readonly byte[] _bytes;
    private readonly Iced.Intel.Decoder _decoder;

    public IcedOracle(byte[] bytes, CodeSize code)
    {
        _bytes = bytes;
        _decoder = Iced.Intel.Decoder.Create((int)code * 8, new ByteArrayCodeReader(bytes));
        _decoder.IP = 0;
        Theirs = _decoder.Decode();
    }

    public Iced.Intel.Instruction Theirs { get; }

    public string Compare(in DecodedInstruction ours)
    {
        if (Theirs.Code == Code.INVALID)
        {
            return ours.Status == DecodeStatus.Ok ? "not valid" : null;
        }

        if (ours.Length != 0 && ours.Length != Theirs.Length)
        {
            return $"length {Theirs.Length}";
        }

        switch (ours.Status)
        {
            case DecodeStatus.Ok:
                return CompareDecoded(in ours);
            case DecodeStatus.Unsupported:
                return IsEmulated() ? "one that is emulated" : null;
            default:
                return "valid";
        }
    }

    private bool IsEmulated()
    {
        bool memory = false;
        for (int i = 0; i < Theirs.OpCount; i++)
        {
            memory |= IsMemory(Theirs.GetOpKind(i));
        }

        bool segment = Theirs.Op0Register.IsSegmentRegister() || Theirs.Op1Register.IsSegmentRegister();
        return memory && !segment && HasTwoOperands && s_operations.ContainsKey(Theirs.Mnemonic) && !IsVector();
    }

    // SHLD and SHRD have a count as well.
    private bool HasTwoOperands => Theirs.OpCount <= (Theirs.Mnemonic is Mnemonic.Shld or Mnemonic.Shrd ? 3 : 2);

    private static bool IsMemory(OpKind kind) => kind >= OpKind.MemorySegSI;

    // MOVSD is also a vector instruction.
    private bool IsVector() => Theirs.Op0Register.IsVectorRegister() || Theirs.Op1Register.IsVectorRegister();

    private string CompareDecoded(in DecodedInstruction ours)
    {
        bool known = s_operations.TryGetValue(Theirs.Mnemonic, out Operation operation);
        if (!known || operation != ours.Operation || IsVector())
        {
            return $"{Theirs.Mnemonic}";
        }

        int memorySize = Theirs.MemorySize.GetSize();
        if (memorySize != ours.MemorySize)
        {
            return $"memory of {memorySize} bytes";
        }

        if (Theirs.HasLockPrefix != ours.Lock)
        {
            return "lock";
        }

        bool conditional = operation is Operation.Cmovcc or Operation.Setcc;
        if (conditional && Theirs.ConditionCode != ConditionCode.o + ours.Condition)
        {
            return $"condition {Theirs.ConditionCode}";
        }

        return ours.Form == OperandForm.String ? CompareString(in ours) : CompareOperands(in ours);
    }

    private string CompareString(in DecodedInstruction ours)
    {
        // F2 and F3 are the same to MOVS, STOS and LODS, and the last one wins.
        bool repeats = Theirs.HasRepPrefix || Theirs.HasRepnePrefix;
        if (repeats != (ours.Repeat != Repeat.None))
        {
            return "repeat";
        }

        bool both = Theirs.HasRepPrefix && Theirs.HasRepnePrefix;
        if (!both && Theirs.HasRepnePrefix != (ours.Repeat == Repeat.WhileNotEqual))
        {
            return "kind of repeat";
        }

        for (int i = 0; i < Theirs.OpCount; i++)
        {
            OpKind kind = Theirs.GetOpKind(i);
            int addressSize = kind switch
            {
                OpKind.MemorySegSI or OpKind.MemorySegDI or OpKind.MemoryESDI => 2,
                OpKind.MemorySegESI or OpKind.MemorySegEDI or OpKind.MemoryESEDI => 4,
                OpKind.MemorySegRSI or OpKind.MemorySegRDI or OpKind.MemoryESRDI => 8,
                _ => ours.AddressSize,
            };
            if (addressSize != ours.AddressSize)
            {
                return $"address size {addressSize}";
            }

            bool source = kind is OpKind.MemorySegSI or OpKind.MemorySegESI or OpKind.MemorySegRSI;
            GuestSegment segment = ours.Operation == Operation.Lods ? ours.Memory.Segment : ours.SourceSegment;
            if (source && !SameSegment(in ours, segment))
            {
                return $"segment {Theirs.MemorySegment}";
            }
        }

        return null;
    }

    private string CompareOperands(in DecodedInstruction ours)
    {
        bool memoryFirst = IsMemory(Theirs.Op0Kind);
        if (memoryFirst == (ours.Form == OperandForm.RegisterMemory))
        {
            return "operands the other way round";
        }

        if (ours.Form is OperandForm.MemoryRegister or OperandForm.RegisterMemory)
        {
            Register register = memoryFirst ? Theirs.Op1Register : Theirs.Op0Register;
            if (register != Registers.Name(ours.Register, ours.RegisterSize, ours.HighByte))
            {
                return $"register {register}";
            }
        }

        if (ours.Form == OperandForm.MemoryImmediate && CompareImmediate(in ours) is string difference)
        {
            return difference;
        }

        bool counts = Theirs.OpCount == 3;
        bool byCl = counts && Theirs.Op2Register == Register.CL;
        if (byCl != ours.CountsByCl || (counts && !byCl) != ours.HasCount
            || (ours.HasCount && Theirs.Immediate8 != ours.Immediate))
        {
            return "count";
        }

        return CompareMemory(in ours);
    }

    private string CompareImmediate(in DecodedInstruction ours)
    {
        ulong immediate = Theirs.GetImmediate(1);
        bool counts = ours.Operation is >= Operation.Rol and <= Operation.Btc;
        ulong mask = ulong.MaxValue >> (64 - (8 * (counts ? 1 : ours.MemorySize)));
        return (immediate & mask) == ours.Immediate ? null : $"immediate {immediate:X}";
    }

    private string CompareMemory(in DecodedInstruction ours)
    {
        MemoryReference memory = ours.Memory;
        ulong mask = ulong.MaxValue >> (64 - (8 * ours.AddressSize));
        ulong displacement = memory.RipRelative ? memory.Displacement + ours.Length : memory.Displacement;
        if (((displacement ^ Theirs.MemoryDisplacement64) & mask) != 0)
        {
            return $"displacement {Theirs.MemoryDisplacement64:X}";
        }

        Register theBase = memory.RipRelative ? (ours.AddressSize == 8 ? Register.RIP : Register.EIP)
            : Registers.Name(memory.Base, ours.AddressSize, false);
        if (theBase != Theirs.MemoryBase)
        {
            return $"base {Theirs.MemoryBase}";
        }

        if (Registers.Name(memory.Index, ours.AddressSize, false) != Theirs.MemoryIndex)
        {
            return $"index {Theirs.MemoryIndex}";
        }

        if (1 << memory.ScaleShift != Theirs.MemoryIndexScale && Theirs.MemoryIndex != Register.None)
        {
            return $"scale {Theirs.MemoryIndexScale}";
        }

        int addressBits = Theirs.MemoryBase == Register.None && Theirs.MemoryIndex == Register.None
            ? Theirs.MemoryDisplSize * 8 : ours.AddressSize * 8;
        if (ours.Form != OperandForm.String && addressBits > ours.AddressSize * 8)
        {
            return $"address of {addressBits} bits";
        }

        return SameSegment(in ours, memory.Segment) ? null : $"segment {Theirs.MemorySegment}";
    }

    // In 64-bit mode Iced reports overrides that the processor ignores; only FS and GS tell.
    private bool SameSegment(in DecodedInstruction ours, GuestSegment segment)
    {
        GuestSegment theirs = Theirs.MemorySegment switch
        {
            Register.ES => GuestSegment.Es,
            Register.CS => GuestSegment.Cs,
            Register.SS => GuestSegment.Ss,
            Register.DS => GuestSegment.Ds,
            Register.FS => GuestSegment.Fs,
            _ => GuestSegment.Gs,
        };
        bool flat = ours.Code == CodeSize.Bits64 && theirs < GuestSegment.Fs && segment < GuestSegment.Fs;
        return theirs == segment || flat;
    }

    public override string ToString() => $"{BitConverter.ToString(_bytes)}, {Theirs}";

    private static Dictionary<Mnemonic, Operation> NameOperations()
    {
        var names = new Dictionary<Mnemonic, Operation>();
        foreach (Mnemonic mnemonic in Enum.GetValues<Mnemonic>())
        {
            if (NameOperation(mnemonic.ToString()) is Operation operation)
            {
                names[mnemonic] = operation;
            }
        }

        return names;
    }

    private static Operation? NameOperation(string name)
    {
        if (Enum.TryParse(name, out Operation operation))
        {
            return operation;
        }

        if (name.StartsWith("Cmov", StringComparison.Ordinal))
        {
            return Operation.Cmovcc;
        }

        if (name.StartsWith("Set", StringComparison.Ordinal) && name != "Setssbsy")
        {
            return Operation.Setcc;
        }

        bool sized = name.Length == 5 && "bwdq".Contains(name[4]) && Enum.TryParse(name[..4], out operation);
        return sized && operation >= Operation.Movs ? operation : null;
    }
}
