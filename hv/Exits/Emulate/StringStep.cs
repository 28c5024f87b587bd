// The iterations of a string instruction. SDM 1 7.3.9 String Operations; SDM 2 "REP/REPE/REPZ/REPNE/REPNZ-Repeat
// String Operation Prefix". Registers are complete after every step: whoever stops between two leaves RIP where it
// is, and the guest goes on with the rest, as after an interrupt.

namespace MinusOne.Hv.Exits.Emulate;

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
