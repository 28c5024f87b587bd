// Which operands an instruction has, destination first.

namespace MinusOne.Hv.Exits.Emulate;

internal enum OperandForm : byte
{
    Memory,
    MemoryRegister,
    MemoryImmediate,
    RegisterMemory,

    // The operands of MOVS and its kin: rSI, rDI, the accumulator.
    String,
}
