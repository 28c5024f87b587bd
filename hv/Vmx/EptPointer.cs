// The EPT pointer: where a guest's EPT tables start and how they are walked. SDM 3C 26.6.11 Extended-Page-Table
// Pointer (EPTP).

using MinusOne.Hv.Memory;
using MinusOne.Hv.X86;

namespace MinusOne.Hv.Vmx;

internal readonly struct EptPointer
{
    public readonly ulong Raw;

    public EptPointer(ulong raw)
    {
        Raw = raw;
    }

    // Of the tables themselves, not of what they map: uncacheable or write-back.
    public MemoryType MemoryType => (MemoryType)(Raw & 7);

    public int Levels => (int)((Raw >> 3) & 7) + 1;

    public bool AccessedAndDirty => (Raw & (1ul << 6)) != 0;

    public bool SupervisorShadowStack => (Raw & (1ul << 7)) != 0;

    public Hpa Root => new(Raw & 0x000F_FFFF_FFFF_F000);

    public static EptPointer Create(Hpa root, int levels, MemoryType memoryType, bool accessedAndDirty) =>
        new(root.Value | ((ulong)(levels - 1) << 3) | (ulong)memoryType | (accessedAndDirty ? 1ul << 6 : 0));
}
