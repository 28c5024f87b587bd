// Instruction information of RDRAND, RDSEED, TPAUSE and UMWAIT. SDM 3C 29.2.5 Information for VM Exits Due to
// Instruction Execution.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct RegisterOperandInformation
{
    public readonly uint Raw;

    public RegisterOperandInformation(uint raw)
    {
        Raw = raw;
    }

    public int Register => (int)((Raw >> 3) & 0xF);

    // Bytes: 2, 4 or 8. For RDRAND and RDSEED.
    public int Size => 2 << (int)((Raw >> 11) & 3);
}
