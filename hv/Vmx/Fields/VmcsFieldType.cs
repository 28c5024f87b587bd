// What a VMCS field belongs to: bits 11:10 of its encoding. SDM 3C 26.11.2 VMREAD, VMWRITE, and Encodings of VMCS
// Fields.

namespace MinusOne.Hv.Vmx.Fields;

internal enum VmcsFieldType : uint
{
    Control = 0,
    ReadOnlyData = 1,
    GuestState = 2,
    HostState = 3,
}
