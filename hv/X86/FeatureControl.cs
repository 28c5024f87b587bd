// IA32_FEATURE_CONTROL: whether the firmware lets VMX be used. SDM 3C 25.7 Enabling and Entering VMX Operation.

namespace MinusOne.Hv.X86;

internal readonly struct FeatureControl(ulong raw)
{
    public const ulong Lock = 1ul << 0;
    public const ulong VmxOutsideSmx = 1ul << 2;

    public readonly ulong Raw = raw;

    // Writable until this is set, then constant until reset.
    public bool IsLocked => (Raw & Lock) != 0;

    public bool AllowsVmx => (Raw & VmxOutsideSmx) != 0;
}
