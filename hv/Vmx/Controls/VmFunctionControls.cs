// VM-function controls: which leaves of VMFUNC the guest may use. SDM 3C 26.6.14 VM-Function Controls.

namespace MinusOne.Hv.Vmx.Controls;

[Flags]
internal enum VmFunctionControls : ulong
{
    None = 0,
    EptpSwitching = 1ul << 0,
}
