// What one instruction, or one iteration of a string instruction, does to registers and flags, given what it reads
// from memory; the result is what it writes there. No access to memory happens here. SDM 2, the instructions' own
// pages. The order for a caller is: translate every address the instruction touches (nothing has changed if that
// faults), read, Execute, write, StringStep.Advance.
namespace MinusOne.Hv.Exits.Emulate;

internal static class Execution
{
    // memory, source: what was read, if the instruction reads it (DecodedInstruction.Reads, ReadsSource).
    // Returns the value to write if DecodedInstruction.Writes, of DecodedInstruction.MemorySize bytes.
    public static ulong Execute(
        in DecodedInstruction instruction, ref GuestRegisters registers, ref Rflags rflags, ulong memory, ulong source)
    {
        int size = instruction.MemorySize;
        memory &= Width.Mask(size);
        source &= Width.Mask(size);
        ulong accumulator = RegisterOperand.Read(ref registers, RegisterOperand.Rax, size);
        switch (instruction.Operation)
        {
            case Operation.Movs: return source;
            case Operation.Stos: return accumulator;
            case Operation.Lods:
                RegisterOperand.Write(ref registers, RegisterOperand.Rax, size, memory);
                return 0;
            case Operation.Cmps:
                Arithmetic.Subtract(source, memory, false, size, ref rflags);
                return 0;
            case Operation.Scas:
                Arithmetic.Subtract(accumulator, memory, false, size, ref rflags);
                return 0;
            case Operation.Xchg: return Exchange(in instruction, ref registers, memory);
            case Operation.Xadd:
                ulong addend = Exchange(in instruction, ref registers, memory);
                return Arithmetic.Add(memory, addend, false, size, ref rflags);
            case Operation.Cmpxchg: return CompareExchange(in instruction, ref registers, ref rflags, memory);
            case Operation.Shld or Operation.Shrd:
                return DoubleShift(in instruction, ref registers, ref rflags, memory);
            case Operation.Cmpxchg8b: return CompareExchange8(ref registers, ref rflags, memory);
            default: return Combine(in instruction, ref registers, ref rflags, memory);
        }
    }

    // Instructions with a destination and at most one source.
    private static ulong Combine(
        in DecodedInstruction instruction, ref GuestRegisters registers, ref Rflags rflags, ulong memory)
    {
        bool toRegister = instruction.Form == OperandForm.RegisterMemory;
        ulong register = RegisterOperand.Read(ref registers, in instruction);
        ulong left = toRegister ? register : memory;
        ulong right = toRegister ? memory
            : instruction.Form == OperandForm.MemoryImmediate ? instruction.Immediate : register;
        ulong result = Compute(in instruction, left, right, ref rflags);
        if (toRegister && instruction.Operation != Operation.Cmp)
        {
            RegisterOperand.Write(ref registers, in instruction, result);
        }

        return result;
    }

    private static ulong Compute(in DecodedInstruction instruction, ulong left, ulong right, ref Rflags rflags)
    {
        int size = instruction.MemorySize;
        bool carry = (rflags & Rflags.Carry) != 0;
        switch (instruction.Operation)
        {
            case Operation.Add: return Arithmetic.Add(left, right, false, size, ref rflags);
            case Operation.Adc: return Arithmetic.Add(left, right, carry, size, ref rflags);
            case Operation.Sub or Operation.Cmp: return Arithmetic.Subtract(left, right, false, size, ref rflags);
            case Operation.Sbb: return Arithmetic.Subtract(left, right, carry, size, ref rflags);
            case Operation.And or Operation.Test: return Arithmetic.Logic(left & right, size, ref rflags);
            case Operation.Or: return Arithmetic.Logic(left | right, size, ref rflags);
            case Operation.Xor: return Arithmetic.Logic(left ^ right, size, ref rflags);
            case Operation.Inc: return Arithmetic.Increment(left, size, ref rflags);
            case Operation.Dec: return Arithmetic.Decrement(left, size, ref rflags);
            case Operation.Neg: return Arithmetic.Subtract(0, left, false, size, ref rflags);
            case Operation.Not: return ~left & Width.Mask(size);
            case >= Operation.Rol and <= Operation.Sar:
                return Shifts.Execute(instruction.Operation, left, right, size, ref rflags);
            case >= Operation.Bt and <= Operation.Btc:
                return ChangeBit(instruction.Operation, left, right, size, ref rflags);
            case Operation.Movsx or Operation.Movsxd: return Width.SignExtend(right, size);
            case Operation.Movbe: return ReverseBytes(right, size);
            case Operation.Cmovcc: return Condition.Holds(instruction.Condition, rflags) ? right : left;
            case Operation.Setcc: return Condition.Holds(instruction.Condition, rflags) ? 1UL : 0;
            default: return right;
        }
    }

    private static ulong ChangeBit(Operation operation, ulong value, ulong bitOffset, int size, ref Rflags rflags)
    {
        ulong bit = 1UL << ((int)bitOffset & ((8 * size) - 1));
        StatusFlags.Set(ref rflags, Rflags.Carry, (value & bit) != 0);
        return operation switch
        {
            Operation.Bts => value | bit,
            Operation.Btr => value & ~bit,
            Operation.Btc => value ^ bit,
            _ => value,
        };
    }

    // The register takes what was in memory and gives what it held.
    private static ulong Exchange(in DecodedInstruction instruction, ref GuestRegisters registers, ulong memory)
    {
        ulong register = RegisterOperand.Read(ref registers, in instruction);
        RegisterOperand.Write(ref registers, in instruction, memory);
        return register;
    }

    // Memory is written in either case, as the processor does.
    private static ulong CompareExchange(
        in DecodedInstruction instruction, ref GuestRegisters registers, ref Rflags rflags, ulong memory)
    {
        int size = instruction.MemorySize;
        ulong accumulator = RegisterOperand.Read(ref registers, RegisterOperand.Rax, size);
        if (Arithmetic.Subtract(accumulator, memory, false, size, ref rflags) == 0)
        {
            return RegisterOperand.Read(ref registers, in instruction);
        }

        RegisterOperand.Write(ref registers, RegisterOperand.Rax, size, memory);
        return memory;
    }

    private static ulong CompareExchange8(ref GuestRegisters registers, ref Rflags rflags, ulong memory)
    {
        ulong expected = (registers.Rdx << 32) | (uint)registers.Rax;
        StatusFlags.Set(ref rflags, Rflags.Zero, memory == expected);
        if (memory == expected)
        {
            return (registers.Rcx << 32) | (uint)registers.Rbx;
        }

        registers.Rax = (uint)memory;
        registers.Rdx = memory >> 32;
        return memory;
    }

    private static ulong DoubleShift(
        in DecodedInstruction instruction, ref GuestRegisters registers, ref Rflags rflags, ulong memory)
    {
        ulong count = instruction.CountsByCl ? registers.Rcx : instruction.Immediate;
        ulong register = RegisterOperand.Read(ref registers, in instruction);
        return Shifts.Double(instruction.Operation, memory, register, count, instruction.MemorySize, ref rflags);
    }

    private static ulong ReverseBytes(ulong value, int size)
    {
        ulong reversed = 0;
        for (int i = 0; i < size; i++)
        {
            reversed = (reversed << 8) | ((value >> (8 * i)) & 0xFF);
        }

        return reversed;
    }
}

// The iterations of a string instruction. SDM 1 7.3.9 String Operations; SDM 2 "REP/REPE/REPZ/REPNE/REPNZ-Repeat
// String Operation Prefix". Registers are complete after every step: whoever stops between two leaves RIP where it
// is, and the guest goes on with the rest, as after an interrupt.
internal static class StringStep
{
    // True when a repeat has nothing left to do: the instruction ends without an access.
    public static bool IsOver(in DecodedInstruction instruction, ref GuestRegisters registers) =>
        instruction.Repeat != Repeat.None &&
        RegisterOperand.Read(ref registers, RegisterOperand.Rcx, instruction.AddressSize) == 0;

    // Pointers and counter after one iteration. True when the instruction is complete and RIP goes on to the next;
    // for everything that is not a string instruction it is.
    public static bool Advance(in DecodedInstruction instruction, ref GuestRegisters registers, Rflags rflags)
    {
        if (instruction.Form != OperandForm.String)
        {
            return true;
        }

        ulong size = instruction.MemorySize;
        ulong step = (rflags & Rflags.Direction) != 0 ? 0 - size : size;
        if (instruction.ReadsSource || instruction.Operation == Operation.Lods)
        {
            Add(in instruction, ref registers, RegisterOperand.Rsi, step);
        }

        if (instruction.Operation != Operation.Lods)
        {
            Add(in instruction, ref registers, RegisterOperand.Rdi, step);
        }

        if (instruction.Repeat == Repeat.None)
        {
            return true;
        }

        Add(in instruction, ref registers, RegisterOperand.Rcx, ulong.MaxValue);
        return IsOver(in instruction, ref registers) || IsDecided(in instruction, rflags);
    }

    private static void Add(in DecodedInstruction instruction, ref GuestRegisters registers, int register, ulong step)
    {
        ulong value = RegisterOperand.Read(ref registers, register, instruction.AddressSize);
        RegisterOperand.Write(ref registers, register, instruction.AddressSize, value + step);
    }

    // REPE and REPNE end a comparison by its outcome.
    private static bool IsDecided(in DecodedInstruction instruction, Rflags rflags)
    {
        bool equal = (rflags & Rflags.Zero) != 0;
        return instruction.Operation is Operation.Cmps or Operation.Scas &&
            equal != (instruction.Repeat == Repeat.WhileEqual);
    }
}
