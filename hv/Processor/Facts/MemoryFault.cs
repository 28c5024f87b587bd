// Exit qualification of an EPT violation. SDM 3C 29.2.1 Basic VM-Exit Information.
// Bits 5:3 are the AND of the permissions of all entries used; an entry that is not present makes them 0.

namespace MinusOne.Hv.Processor.Facts;

internal readonly struct MemoryFault(ulong raw)
{
    public readonly ulong Raw = raw;

    public bool IsRead => (Raw & (1ul << 0)) != 0;
    public bool IsWrite => (Raw & (1ul << 1)) != 0;
    public bool IsFetch => (Raw & (1ul << 2)) != 0;

    // Nothing at all was mapped there.
    public bool WasNotPresent => (Raw & (0xFul << 3)) == 0;

    public bool LinearAddressValid => (Raw & (1ul << 7)) != 0;

    // The access was to the final address; otherwise to one of the guest's paging structures.
    public bool IsFinalTranslation => (Raw & (1ul << 8)) != 0;

    // An IRET that removed NMI blocking was interrupted.
    public bool NmiUnblockingDueToIret => (Raw & (1ul << 12)) != 0;
}
