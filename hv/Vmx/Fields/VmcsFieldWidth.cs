// How wide a VMCS field is: bits 14:13 of its encoding. SDM 3C 26.11.2 VMREAD, VMWRITE, and Encodings of VMCS Fields.

namespace MinusOne.Hv.Vmx.Fields;

internal enum VmcsFieldWidth : uint
{
    Bits16 = 0,
    Bits64 = 1,
    Bits32 = 2,
    Natural = 3,
}
