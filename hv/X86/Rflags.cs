// RFLAGS. SDM 1 3.4.3 EFLAGS Register, SDM 3A 2.3 System Flags and Fields in the EFLAGS Register.
namespace MinusOne.Hv.X86;

[Flags]
internal enum Rflags : ulong
{
    None = 0,
    Carry = 1ul << 0,

    // Bit 1 is always 1.
    AlwaysSet = 1ul << 1,
    Parity = 1ul << 2,
    Adjust = 1ul << 4,
    Zero = 1ul << 6,
    Sign = 1ul << 7,
    Trap = 1ul << 8,
    InterruptEnable = 1ul << 9,
    Direction = 1ul << 10,
    Overflow = 1ul << 11,
    NestedTask = 1ul << 14,
    Resume = 1ul << 16,
    Virtual8086 = 1ul << 17,
    AlignmentCheck = 1ul << 18,
}
