// Operands of INVEPT and INVVPID. SDM 3C VMX Instruction Reference.

namespace MinusOne.Hv.Vmx;

internal enum InvEptKind : ulong
{
    SingleContext = 1,
    AllContexts = 2,
}

[StructLayout(LayoutKind.Sequential)]
internal struct InvEptDescriptor
{
    public ulong EptPointer;
    public ulong Reserved;
}

internal enum InvVpidKind : ulong
{
    IndividualAddress = 0,
    SingleContext = 1,
    AllContexts = 2,
    SingleContextRetainingGlobals = 3,
}

[StructLayout(LayoutKind.Sequential)]
internal struct InvVpidDescriptor
{
    public ulong Vpid;
    public ulong LinearAddress;
}
