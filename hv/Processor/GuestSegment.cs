// The guest's segment registers in the order of their VMCS fields, two encodings apart. The first six are also their
// numbers in machine code.

namespace MinusOne.Hv.Processor;

internal enum GuestSegment : uint
{
    Es = 0,
    Cs = 1,
    Ss = 2,
    Ds = 3,
    Fs = 4,
    Gs = 5,
    Ldtr = 6,
    Tr = 7,
}
