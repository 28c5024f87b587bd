// Exit qualification of an EPT violation. SDM 3C 29.2.1 Basic VM-Exit Information.
// Bits 5:3 are the AND of the permissions of all entries used; an entry that is not present makes them 0.

namespace MinusOne.Hv.Processor.Facts;

internal readonly struct MemoryFault
{
    public readonly ulong Raw;

    public MemoryFault(ulong raw)
    {
        Raw = raw;
    }

    public bool IsRead
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Raw & (1ul << 0)) != 0;
    }

    public bool IsWrite
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Raw & (1ul << 1)) != 0;
    }

    public bool IsFetch
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Raw & (1ul << 2)) != 0;
    }

    public bool WasReadable => (Raw & (1ul << 3)) != 0;

    public bool WasWritable => (Raw & (1ul << 4)) != 0;

    // With mode-based execute control: from supervisor-mode linear addresses.
    public bool WasExecutable => (Raw & (1ul << 5)) != 0;

    // Only with mode-based execute control.
    public bool WasUserExecutable => (Raw & (1ul << 6)) != 0;

    // Nothing at all was mapped there.
    public bool WasNotPresent
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Raw & (0xFul << 3)) == 0;
    }

    public bool LinearAddressValid
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Raw & (1ul << 7)) != 0;
    }

    // The access was to the final address; otherwise to one of the guest's paging structures.
    public bool IsFinalTranslation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Raw & (1ul << 8)) != 0;
    }

    // The next three: only with advanced exit information, and for a final translation.
    public bool IsUserLinearAddress => (Raw & (1ul << 9)) != 0;

    public bool IsWritableLinearAddress => (Raw & (1ul << 10)) != 0;

    public bool IsExecuteDisabledLinearAddress => (Raw & (1ul << 11)) != 0;

    // An IRET that removed NMI blocking was interrupted.
    public bool NmiUnblockingDueToIret
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Raw & (1ul << 12)) != 0;
    }

    public bool IsShadowStackAccess => (Raw & (1ul << 13)) != 0;

    public bool WasSupervisorShadowStackPage => (Raw & (1ul << 14)) != 0;

    public bool IsGuestPagingVerification => (Raw & (1ul << 15)) != 0;

    // The access was not one of the instruction at RIP (tracing, posted interrupts).
    public bool IsAsynchronous => (Raw & (1ul << 16)) != 0;
}
