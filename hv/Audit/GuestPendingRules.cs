// Checks on the guest's pending debug exceptions, the VMCS link pointer and the PDPTEs. SDM 3C 28.3.1.5 Checks on Guest
// Non-Register State, 28.3.1.6 Checks on Guest Page-Directory-Pointer-Table Entries.

namespace MinusOne.Hv.Audit;

internal static class GuestPendingRules<T>
    where T : struct, IVmcsReader
{
    private const ulong NoLink = ~0ul;
    private const ulong ShadowVmcs = 1ul << 31;
    private const ulong Present = 1;

    // Bits 2:1 and 8:5 of a PDPTE.
    private const ulong PdpteReserved = 0x1E6;

    public static void Check(in AuditContext<T> audit)
    {
        var pending = new PendingDebugExceptions(audit.Read(VmcsNatural.GuestPendingDebugExceptions));
        PendingReserved(audit, pending);
        PendingStep(audit, pending);
        PendingTransaction(audit, pending);
        LinkPointer(audit);
        PageDirectoryPointers(audit);
    }

    private static void PendingReserved(in AuditContext<T> audit, PendingDebugExceptions pending) =>
        audit.Require(
            !pending.HasReservedBits && (audit.Limits.HasBusLockDetect || !pending.BusLockDetected),
            AuditRule.PendingDebugReserved,
            VmcsNatural.GuestPendingDebugExceptions);

    // While debug exceptions are held back, a single step is pending exactly when single-stepping is on.
    private static void PendingStep(in AuditContext<T> audit, PendingDebugExceptions pending)
    {
        var blocking = new InterruptibilityState(audit.Read(Vmcs32.GuestInterruptibilityState));
        bool halted = audit.Read(Vmcs32.GuestActivityState) == (uint)ActivityState.Hlt;
        if (!blocking.BlockingBySti && !blocking.BlockingByMovSs && !halted)
        {
            return;
        }

        bool onBranches = (audit.Read(Vmcs64.GuestDebugCtl) & (ulong)DebugCtl.SingleStepOnBranches) != 0;
        bool stepping = (audit.GuestRflags & Rflags.Trap) != 0 && !onBranches;
        audit.Require(
            !stepping || pending.SingleStep, AuditRule.PendingStepMissing, VmcsNatural.GuestPendingDebugExceptions);
        audit.Require(
            stepping || !pending.SingleStep, AuditRule.PendingStepWithoutTrap, VmcsNatural.GuestPendingDebugExceptions);
    }

    private static void PendingTransaction(in AuditContext<T> audit, PendingDebugExceptions pending)
    {
        const ulong exactly = PendingDebugExceptions.Rtm | PendingDebugExceptions.EnabledBreakpoint;
        var blocking = new InterruptibilityState(audit.Read(Vmcs32.GuestInterruptibilityState));
        audit.Require(
            !pending.InTransaction
                || (audit.Limits.HasRtm && pending.Raw == exactly && !blocking.BlockingByMovSs),
            AuditRule.PendingDebugTransaction,
            VmcsNatural.GuestPendingDebugExceptions);
    }

    private static void LinkPointer(in AuditContext<T> audit)
    {
        const Vmcs64 field = Vmcs64.VmcsLinkPointer;
        ulong link = audit.Read(field);
        if (link == NoLink)
        {
            return;
        }

        bool isPlaced = audit.IsPhysical(link, 0xFFF);
        audit.Require(isPlaced, AuditRule.LinkPointerAddress, field);
        if (isPlaced && audit.TryRead(link, out ulong header))
        {
            ulong shadow = audit.Has(SecondaryControls.VmcsShadowing) ? ShadowVmcs : 0;
            audit.Require(
                (uint)header == (audit.Vmx.Basic.RevisionId | shadow), AuditRule.LinkPointerRevision, field);
        }

        audit.Require(link != audit.Region.Value, AuditRule.LinkPointerIsCurrent, field);
    }

    private static void PageDirectoryPointers(in AuditContext<T> audit)
    {
        bool used = (audit.GuestCr0 & Cr0.Paging) != 0
            && (audit.GuestCr4 & Cr4.PhysicalAddressExtension) != 0
            && !audit.IsLongModeGuest;
        if (!used)
        {
            return;
        }

        if (audit.Has(SecondaryControls.EnableEpt))
        {
            for (Vmcs64 field = Vmcs64.GuestPdpte0; field <= Vmcs64.GuestPdpte3; field += 2)
            {
                audit.Require(IsPdpte(audit, audit.Read(field)), AuditRule.GuestPdpteReserved, field);
            }

            return;
        }

        ulong table = audit.Read(VmcsNatural.GuestCr3) & ~0x1Ful;
        for (ulong address = table; address < table + 32 && audit.TryRead(address, out ulong pdpte); address += 8)
        {
            audit.Require(IsPdpte(audit, pdpte), AuditRule.GuestPdpteReserved, VmcsNatural.GuestCr3);
        }
    }

    private static bool IsPdpte(in AuditContext<T> audit, ulong pdpte) =>
        (pdpte & Present) == 0 || (pdpte & (PdpteReserved | audit.Limits.BeyondPhysical)) == 0;
}
