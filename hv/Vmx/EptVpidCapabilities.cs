// IA32_VMX_EPT_VPID_CAP, which exists only where "enable EPT" or "enable VPID" may be 1. SDM 3D A.10 VPID and EPT
// Capabilities.

namespace MinusOne.Hv.Vmx;

internal readonly struct EptVpidCapabilities(ulong raw)
{
    public readonly ulong Raw = raw;

    public bool ExecuteOnly => (Raw & (1ul << 0)) != 0;
    public bool FourLevelWalk => (Raw & (1ul << 6)) != 0;
    public bool FiveLevelWalk => (Raw & (1ul << 7)) != 0;
    public bool UncacheableTables => (Raw & (1ul << 8)) != 0;
    public bool WriteBackTables => (Raw & (1ul << 14)) != 0;
    public bool Pages2M => (Raw & (1ul << 16)) != 0;
    public bool Pages1G => (Raw & (1ul << 17)) != 0;
    public bool Invept => (Raw & (1ul << 20)) != 0;
    public bool AccessedAndDirty => (Raw & (1ul << 21)) != 0;

    // Bits 9:11 of an EPT violation's qualification are reported.
    public bool AdvancedViolationInformation => (Raw & (1ul << 22)) != 0;
    public bool SupervisorShadowStack => (Raw & (1ul << 23)) != 0;
    public bool InveptSingleContext => (Raw & (1ul << 25)) != 0;
    public bool InveptAllContexts => (Raw & (1ul << 26)) != 0;
    public bool Invvpid => (Raw & (1ul << 32)) != 0;
    public bool InvvpidSingleContext => (Raw & (1ul << 41)) != 0;
    public uint MaximumHlatPrefixSize => (uint)(Raw >> 48) & 0x3F;

    public SecondLevelFeatures SecondLevel(bool hasLargePages, bool hasLargeCode) => new()
    {
        Format = PageFormat.Ept,
        HasLargeCode = hasLargeCode,
        LargestLeaf = (byte)(!hasLargePages ? PageLevel.Page4K
            : Pages1G ? PageLevel.Page1G : Pages2M ? PageLevel.Page2M : PageLevel.Page4K),
    };
}
