// Segment registers by their number in machine code and in instruction information; the guest's segment fields of the
// VMCS stand in this order too, two encodings apart. SDM 2 B.1.4.5 Segment Register (sreg) Field.

namespace MinusOne.Hv.X86;

internal enum SegmentRegister : uint
{
    Es = 0,
    Cs = 1,
    Ss = 2,
    Ds = 3,
    Fs = 4,
    Gs = 5,
}
