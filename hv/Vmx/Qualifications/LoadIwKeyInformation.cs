// Instruction information of LOADIWKEY: two XMM registers. SDM 3C 29.2.5 Information for VM Exits Due to Instruction
// Execution.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct LoadIwKeyInformation
{
    public readonly uint Raw;

    public LoadIwKeyInformation(uint raw)
    {
        Raw = raw;
    }

    public int FirstRegister => (int)((Raw >> 3) & 0xF);

    public int SecondRegister => (int)(Raw >> 28);
}
