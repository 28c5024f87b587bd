// IA32_VMX_BASIC. SDM 3D A.1 Basic VMX Information.

namespace MinusOne.Hv.Vmx;

internal readonly struct VmxBasic(ulong raw)
{
    public readonly ulong Raw = raw;

    public uint RevisionId => (uint)Raw & 0x7FFF_FFFF;

    // Bytes to set aside for the VMXON region and each VMCS; at most 4096.
    public uint RegionSize => (uint)(Raw >> 32) & 0x1FFF;

    // Always false on a processor with Intel 64.
    public bool AddressesLimitedTo32Bits => (Raw & (1ul << 48)) != 0;

    // How software should map those regions.
    public MemoryType MemoryType => (MemoryType)((Raw >> 50) & 0xF);

    // Exits due to INS and OUTS come with instruction information.
    public bool HasStringInformation => (Raw & (1ul << 54)) != 0;

    // The four TRUE capability MSRs exist.
    public bool TrueControls => (Raw & (1ul << 55)) != 0;

    // A hardware exception may be injected with or without error code, whatever its vector.
    public bool AnyErrorCode => (Raw & (1ul << 56)) != 0;

    public bool NestedExceptions => (Raw & (1ul << 58)) != 0;
}
