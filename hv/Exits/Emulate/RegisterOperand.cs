// General registers by number and width. A write of 4 bytes clears the upper half of the register, narrower ones
// leave the rest. SDM 1 3.4.1.1 General-Purpose Registers in 64-Bit Mode.

namespace MinusOne.Hv.Exits.Emulate;

internal static class RegisterOperand
{
    public const int Rax = 0;
    public const int Rcx = 1;
    public const int Rdx = 2;
    public const int Rbx = 3;
    public const int Rsi = 6;
    public const int Rdi = 7;

    public static ulong Read(ref GuestRegisters registers, in DecodedInstruction instruction)
    {
        ulong value = registers[instruction.Register];
        return (instruction.HighByte ? value >> 8 : value) & Width.Mask(instruction.RegisterSize);
    }

    public static void Write(ref GuestRegisters registers, in DecodedInstruction instruction, ulong value)
    {
        if (!instruction.HighByte)
        {
            Write(ref registers, instruction.Register, instruction.RegisterSize, value);
            return;
        }

        ref ulong register = ref registers[instruction.Register];
        register = (register & ~0xFF00UL) | ((value & 0xFF) << 8);
    }

    public static ulong Read(ref GuestRegisters registers, int number, int size) =>
        registers[number] & Width.Mask(size);

    public static void Write(ref GuestRegisters registers, int number, int size, ulong value)
    {
        ref ulong register = ref registers[number];
        ulong kept = size >= 4 ? 0 : ~Width.Mask(size);
        register = (register & kept) | (value & Width.Mask(size));
    }
}
