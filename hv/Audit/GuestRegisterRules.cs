// Checks on the guest's control registers, flags and DR7. SDM 3C 28.3.1.1 Checks on Guest Control Registers, Debug
// Registers, and MSRs, 28.3.1.4 Checks on Guest RIP, RFLAGS, and SSP.

namespace MinusOne.Hv.Audit;

internal static class GuestRegisterRules<T>
    where T : struct, IVmcsReader
{
    private const ulong RflagsReserved = 0xFFFF_FFFF_FFC0_8028;

    public static void Check(in AuditContext<T> audit)
    {
        RflagsBits(audit);
        RflagsVirtual8086(audit);
        RflagsInterruptEnable(audit);
        ControlRegister0(audit);
        PagingNeedsProtection(audit);
        ControlRegister4(audit);
        CetNeedsWriteProtect(audit);
        GuestMsrRules<T>.DebugCtl(audit);
        LongMode(audit);
        PcidNeedsLongMode(audit);
        ControlRegister3(audit);
        DebugRegister7(audit);
        GuestMsrRules<T>.Check(audit);
    }

    private static void RflagsBits(in AuditContext<T> audit) =>
        audit.Require(
            ((ulong)audit.GuestRflags & RflagsReserved) == 0 && (audit.GuestRflags & Rflags.AlwaysSet) != 0,
            AuditRule.GuestRflagsReserved,
            VmcsNatural.GuestRflags);

    private static void RflagsVirtual8086(in AuditContext<T> audit) =>
        audit.Require(
            !audit.IsVirtual8086 || (!audit.IsLongModeGuest && Has(audit, Cr0.ProtectionEnable)),
            AuditRule.GuestRflagsVirtual8086,
            VmcsNatural.GuestRflags);

    private static void RflagsInterruptEnable(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Injects(InterruptionType.ExternalInterrupt) || (audit.GuestRflags & Rflags.InterruptEnable) != 0,
            AuditRule.GuestRflagsInterruptEnable,
            VmcsNatural.GuestRflags);

    // An unrestricted guest may do without protection and paging, whatever the MSR says.
    private static void ControlRegister0(in AuditContext<T> audit)
    {
        ulong free = audit.IsUnrestricted ? (ulong)(Cr0.ProtectionEnable | Cr0.Paging) : 0;
        ulong cr0 = (ulong)audit.GuestCr0;
        audit.Require(
            (audit.Vmx.Cr0MustBeOne & ~free & ~cr0) == 0, AuditRule.GuestCr0MustBeOne, VmcsNatural.GuestCr0);
        audit.Require((cr0 & ~audit.Vmx.Cr0MayBeOne) == 0, AuditRule.GuestCr0MustBeZero, VmcsNatural.GuestCr0);
    }

    private static void PagingNeedsProtection(in AuditContext<T> audit) =>
        audit.Require(
            !Has(audit, Cr0.Paging) || Has(audit, Cr0.ProtectionEnable),
            AuditRule.GuestPagingNeedsProtection,
            VmcsNatural.GuestCr0);

    private static void ControlRegister4(in AuditContext<T> audit)
    {
        ulong cr4 = (ulong)audit.GuestCr4;
        audit.Require((audit.Vmx.Cr4MustBeOne & ~cr4) == 0, AuditRule.GuestCr4MustBeOne, VmcsNatural.GuestCr4);
        audit.Require((cr4 & ~audit.Vmx.Cr4MayBeOne) == 0, AuditRule.GuestCr4MustBeZero, VmcsNatural.GuestCr4);
    }

    private static void CetNeedsWriteProtect(in AuditContext<T> audit) =>
        audit.Require(
            !Has(audit, Cr4.ControlFlowEnforcement) || Has(audit, Cr0.WriteProtect),
            AuditRule.GuestCetNeedsWriteProtect,
            VmcsNatural.GuestCr4);

    private static void LongMode(in AuditContext<T> audit)
    {
        audit.Require(
            !audit.IsLongModeGuest || Has(audit, Cr0.Paging),
            AuditRule.GuestLongModeNeedsPaging,
            VmcsNatural.GuestCr0);
        audit.Require(
            !audit.IsLongModeGuest || Has(audit, Cr4.PhysicalAddressExtension),
            AuditRule.GuestLongModeNeedsPae,
            VmcsNatural.GuestCr4);
    }

    private static void PcidNeedsLongMode(in AuditContext<T> audit) =>
        audit.Require(
            audit.IsLongModeGuest || !Has(audit, Cr4.PcidEnable),
            AuditRule.GuestPcidNeedsLongMode,
            VmcsNatural.GuestCr4);

    private static void ControlRegister3(in AuditContext<T> audit) =>
        audit.Require(
            audit.IsCr3(audit.Read(VmcsNatural.GuestCr3)), AuditRule.GuestCr3Width, VmcsNatural.GuestCr3);

    private static void DebugRegister7(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(EntryControls.LoadDebugControls) || audit.Read(VmcsNatural.GuestDr7) >> 32 == 0,
            AuditRule.GuestDr7Upper,
            VmcsNatural.GuestDr7);

    private static bool Has(in AuditContext<T> audit, Cr0 bit) => (audit.GuestCr0 & bit) != 0;

    private static bool Has(in AuditContext<T> audit, Cr4 bit) => (audit.GuestCr4 & bit) != 0;
}
