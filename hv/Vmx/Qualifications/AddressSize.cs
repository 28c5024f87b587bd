// Width of the addresses an instruction computes. SDM 3C 29.2.5 Information for VM Exits Due to Instruction Execution.

namespace MinusOne.Hv.Vmx.Qualifications;

internal enum AddressSize : uint
{
    Bits16 = 0,
    Bits32 = 1,
    Bits64 = 2,
}
