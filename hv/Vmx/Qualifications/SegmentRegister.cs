// Segment registers by their number in machine code and in instruction information; the guest's segment fields of the
// VMCS stand in this order too, two encodings apart. SDM 3C 29.2.5 Information for VM Exits Due to Instruction
// Execution.

namespace MinusOne.Hv.Vmx.Qualifications;

internal enum SegmentRegister : uint
{
    Es = 0,
    Cs = 1,
    Ss = 2,
    Ds = 3,
    Fs = 4,
    Gs = 5,
}
