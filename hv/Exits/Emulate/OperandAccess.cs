// What an instruction does to memory, once or once per iteration.

namespace MinusOne.Hv.Exits.Emulate;

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
