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
    public Hpa Root => new(Raw & 0x000F_FFFF_FFFF_F000);

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
