// Which writes of control registers a processor takes, and which are #GP(0). SDM 3A 2.5 Control Registers, SDM 2B MOV -
// Move to/from Control Registers. Pure: the state comes in, the value goes out.
namespace MinusOne.Hv.X86;

internal static class ControlRegisterRules
{
    // CR4 bits of features that guests are not shown (see Cpuid's filter); VMX before all.
    public const Cr4 HiddenCr4 =
        Cr4.PerformanceCounterEnable | Cr4.VmxEnable | Cr4.SmxEnable
        | Cr4.LinearAddresses57 | Cr4.KeyLocker | Cr4.ProtectionKeysUser | Cr4.ControlFlowEnforcement
        | Cr4.ProtectionKeysSupervisor | Cr4.UserInterrupts | Cr4.LinearAddressSpaceSeparation
        | Cr4.LinearAddressMaskingSupervisor | Cr4.FlexibleReturnAndEventDelivery;

    private const Cr0 KnownCr0 =
        Cr0.ProtectionEnable | Cr0.MonitorCoprocessor | Cr0.Emulation | Cr0.TaskSwitched | Cr0.ExtensionType
        | Cr0.NumericError | Cr0.WriteProtect | Cr0.AlignmentMask | Cr0.NotWriteThrough | Cr0.CacheDisable | Cr0.Paging;

    private const Cr0 PdpteCr0 = Cr0.CacheDisable | Cr0.NotWriteThrough | Cr0.Paging;
    private const Cr4 PdpteCr4 =
        Cr4.PhysicalAddressExtension | Cr4.PageGlobalEnable | Cr4.PageSizeExtensions
            | Cr4.SupervisorExecutionPrevention;

    private const ulong NoFlush = 1UL << 63;
    private const ulong PcidMask = 0xFFF;
    private const ulong PdpteReserved = 0x1E6;

    // Reserved bits of the lower half are ignored, ET is always 1.
    public static bool TryCr0(in ControlState state, ulong written, out Cr0 value)
    {
        value = ((Cr0)written & KnownCr0) | Cr0.ExtensionType;
        bool paging = (value & Cr0.Paging) != 0;
        bool isProtected = (value & Cr0.ProtectionEnable) != 0;
        bool isCached = (value & (Cr0.NotWriteThrough | Cr0.CacheDisable)) != Cr0.NotWriteThrough;
        bool losesCet = (value & Cr0.WriteProtect) == 0 && (state.Cr4 & Cr4.ControlFlowEnforcement) != 0;
        return written <= uint.MaxValue && (isProtected || !paging) && isCached && !losesCet
            && (paging == state.IsPaging || (paging ? MayTurnPagingOn(in state) : MayTurnPagingOff(in state)));
    }

    public static bool TryCr4(in ControlState state, ulong written, Cr4 supported, out Cr4 value)
    {
        value = (Cr4)written;
        Cr4 changed = value ^ state.Cr4, set = changed & value;
        bool keepsLongMode = (value & Cr4.PhysicalAddressExtension) != 0 && (changed & Cr4.LinearAddresses57) == 0;
        bool mayHavePcids = state.IsLongMode && (state.Cr3 & PcidMask) == 0;
        return (value & ~supported) == 0
            && (!state.IsLongMode || keepsLongMode)
            && ((set & Cr4.PcidEnable) == 0 || mayHavePcids)
            && ((value & Cr4.ControlFlowEnforcement) == 0 || (state.Cr0 & Cr0.WriteProtect) != 0);
    }

    public static bool TryCr3(in ControlState state, ulong written, int physicalAddressBits, out ulong value)
    {
        bool hasPcids = (state.Cr4 & Cr4.PcidEnable) != 0;
        value = hasPcids ? written & ~NoFlush : written;
        return !state.IsLongMode || (value & (~0UL << physicalAddressBits)) == 0;
    }

    // What LMSW makes of CR0: it can set PE and not clear it.
    public static ulong AfterLmsw(Cr0 old, ushort source)
    {
        const ulong Low = (ulong)(Cr0.ProtectionEnable | Cr0.MonitorCoprocessor | Cr0.Emulation | Cr0.TaskSwitched);
        return ((ulong)old & ~Low) | (source & Low) | ((ulong)old & (ulong)Cr0.ProtectionEnable);
    }

    // EFER.LMA follows paging.
    public static Efer EferAfter(Efer efer, Cr0 cr0)
    {
        bool active = (efer & Efer.LongModeEnable) != 0 && (cr0 & Cr0.Paging) != 0;
        return active ? efer | Efer.LongModeActive : efer & ~Efer.LongModeActive;
    }

    // SDM 3A 5.4.1 PDPTE Registers: which changes load them. Loading CR3 always does where they are used.
    public static bool LoadsPdptes(in ControlState old, in ControlState next) =>
        next.UsesPdptes && (((old.Cr0 ^ next.Cr0) & PdpteCr0) != 0 || ((old.Cr4 ^ next.Cr4) & PdpteCr4) != 0);

    public static bool IsPdpteAllowed(ulong entry, int physicalAddressBits) =>
        (entry & 1) == 0 || (entry & (PdpteReserved | (~0UL << physicalAddressBits))) == 0;

    private static bool MayTurnPagingOn(in ControlState state) =>
        (state.Efer & Efer.LongModeEnable) == 0
        || ((state.Cr4 & Cr4.PhysicalAddressExtension) != 0 && !state.IsLongCode && !state.IsTask16);

    private static bool MayTurnPagingOff(in ControlState state) => !state.Is64Bit && (state.Cr4 & Cr4.PcidEnable) == 0;
}

// What the guest believes its control registers to be, and what else decides whether it may change them.
internal struct ControlState
{
    public Cr0 Cr0;
    public Cr4 Cr4;
    public ulong Cr3;
    public Efer Efer;

    // CS.L and TR of 16 bits: neither goes with entering long mode.
    public bool IsLongCode;
    public bool IsTask16;

    public readonly bool IsPaging => (Cr0 & Cr0.Paging) != 0;
    public readonly bool IsLongMode => (Efer & Efer.LongModeActive) != 0;
    public readonly bool Is64Bit => IsLongMode && IsLongCode;

    // Paging with four entries kept in the processor.
    public readonly bool UsesPdptes => IsPaging && !IsLongMode && (Cr4 & Cr4.PhysicalAddressExtension) != 0;
}
