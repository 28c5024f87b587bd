// Instruction information of INS and OUTS, where VMX_BASIC announces it.
// SDM 3C 29.2.5 Information for VM Exits Due to Instruction Execution.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct StringIoInformation
{
    public readonly uint Raw;

    public StringIoInformation(uint raw)
    {
        Raw = raw;
    }

    public AddressSize AddressSize => (AddressSize)((Raw >> 7) & 7);

    // Undefined for INS, which always uses ES.
    public SegmentRegister Segment => (SegmentRegister)((Raw >> 15) & 7);
}
