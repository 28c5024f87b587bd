// IA32_FEATURE_CONTROL: whether the firmware lets VMX be used. SDM 3C 25.7 Enabling and Entering VMX Operation.

namespace MinusOne.Hv.X86;

internal readonly struct FeatureControl
{
    public const ulong Lock = 1ul << 0;
    public const ulong VmxOutsideSmx = 1ul << 2;

    public readonly ulong Raw;

    public FeatureControl(ulong raw)
    {
        Raw = raw;
    }

    // Writable until this is set, then constant until reset.
    public bool IsLocked => (Raw & Lock) != 0;

    public bool AllowsVmxInSmx => (Raw & (1ul << 1)) != 0;

    public bool AllowsVmx => (Raw & VmxOutsideSmx) != 0;

    public uint SenterLocalEnables => (uint)(Raw >> 8) & 0x7F;

    public bool SenterGlobalEnable => (Raw & (1ul << 15)) != 0;

    public bool SgxLaunchControl => (Raw & (1ul << 17)) != 0;

    public bool SgxEnable => (Raw & (1ul << 18)) != 0;

    public bool LocalMachineCheck => (Raw & (1ul << 20)) != 0;
}
