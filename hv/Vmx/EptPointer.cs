// The EPT pointer: where a guest's EPT tables start and how they are walked. SDM 3C 26.6.11 Extended-Page-Table
// Pointer (EPTP).
namespace MinusOne.Hv.Vmx;

internal readonly struct EptPointer(ulong raw)
{
    public readonly ulong Raw = raw;

    // The type of the tables themselves, not of what they map: uncacheable or write-back.
    public MemoryType MemoryType => (MemoryType)(Raw & 7);
    public int Levels => (int)((Raw >> 3) & 7) + 1;
    public bool AccessedAndDirty => (Raw & (1ul << 6)) != 0;
    public bool SupervisorShadowStack => (Raw & (1ul << 7)) != 0;

    // To tables of four levels, walked as the processor can do it best.
    public static EptPointer To(Hpa root, EptVpidCapabilities capabilities)
    {
        MemoryType type = capabilities.WriteBackTables ? MemoryType.WriteBack : MemoryType.Uncacheable;
        return new(root.Value | (3 << 3) | (ulong)type | (capabilities.AccessedAndDirty ? 1ul << 6 : 0));
    }

    // The processor forgets what it remembers of these tables.
    public unsafe VmxResult Invalidate(EptVpidCapabilities capabilities)
    {
        InvEptDescriptor descriptor = new() { EptPointer = Raw };
        return VmxCpu.InvEpt(
            capabilities.InveptSingleContext ? InvEptKind.SingleContext : InvEptKind.AllContexts, &descriptor);
    }
}

// IA32_VMX_EPT_VPID_CAP, which exists only where "enable EPT" or "enable VPID" may be 1. SDM 3D A.10 VPID and EPT
// Capabilities.
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
