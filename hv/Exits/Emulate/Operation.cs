// What an emulated instruction does. The first eight stand in the order of the opcode map (opcode bits 5:3, and the
// reg field of group 1), the rotates and shifts in the order of group 2.
namespace MinusOne.Hv.Exits.Emulate;

internal enum Operation : byte
{
    Add,
    Or,
    Adc,
    Sbb,
    And,
    Sub,
    Xor,
    Cmp,
    Rol,
    Ror,
    Rcl,
    Rcr,
    Shl,
    Shr,
    Sal,
    Sar,
    Bt,
    Bts,
    Btr,
    Btc,
    Test,
    Inc,
    Dec,
    Not,
    Neg,
    Mov,
    Movbe,
    Movnti,
    Movsx,
    Movsxd,
    Movzx,
    Cmovcc,
    Setcc,
    Xchg,
    Xadd,
    Cmpxchg,
    Cmpxchg8b,
    Shld,
    Shrd,
    Movs,
    Cmps,
    Stos,
    Lods,
    Scas,
}

// Which operands an instruction has, destination first.
internal enum OperandForm : byte
{
    Memory,
    MemoryRegister,
    MemoryImmediate,
    RegisterMemory,

    // The operands of MOVS and its kin: rSI, rDI, the accumulator.
    String,
}

// What an instruction does to memory, once or once per iteration.
[Flags]
internal enum OperandAccess : byte
{
    None = 0,
    Read = 1,
    Write = 2,
    ReadWrite = Read | Write,

    // MOVS and CMPS read a second operand, at rSI.
    ReadSource = 4,
}
