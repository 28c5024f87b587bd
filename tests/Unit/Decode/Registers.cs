// Iced's register for a number, a width and the high-byte mark.

using Iced.Intel;
using MemoryReference = MinusOne.Hv.Exits.Emulate.MemoryReference;

namespace MinusOne.Tests.Unit.Decode;

internal static class Registers
{
    private static readonly Register[] s_highBytes = [Register.AH, Register.CH, Register.DH, Register.BH];

    private static readonly Register[] s_lowBytes =
    [
        Register.AL, Register.CL, Register.DL, Register.BL, Register.SPL, Register.BPL, Register.SIL, Register.DIL,
        Register.R8L, Register.R9L, Register.R10L, Register.R11L,
        Register.R12L, Register.R13L, Register.R14L, Register.R15L,
    ];

    public static Register Name(int number, int size, bool highByte) => number == MemoryReference.NoRegister
        ? Register.None
        : size switch
        {
            1 => highByte ? s_highBytes[number] : s_lowBytes[number],
            2 => Register.AX + number,
            4 => Register.EAX + number,
            _ => Register.RAX + number,
        };
}
