// Secondary VM-exit controls, 64 of them and all optional. SDM 3C 26.7.1 VM-Exit Controls.

namespace MinusOne.Hv.Vmx.Controls;

[Flags]
internal enum SecondaryExitControls : ulong
{
    None = 0,
    SaveFred = 1ul << 0,
    LoadFred = 1ul << 1,
    LoadSpecCtrl = 1ul << 2,
    PrematurelyBusyShadowStack = 1ul << 3,
}
