// Checks on the three MSR areas: where they lie (part of the controls), and what stands in them. SDM 3C 28.4 Loading
// MSRs, 29.4 Saving MSRs, 29.6 Loading MSRs. Whether the processor has an MSR at all only the processor knows; of
// values, the ones everybody loads are checked.

namespace MinusOne.Hv.Audit;

internal static class MsrAreaRules<T>
    where T : struct, IVmcsReader
{
    private const uint EntrySize = 16;

    public static void Place(
        in AuditContext<T> audit, Vmcs64 address, Vmcs32 count, AuditRule addressRule, AuditRule endRule)
    {
        ulong entries = audit.Read(count);
        if (entries == 0)
        {
            return;
        }

        ulong start = audit.Read(address);
        audit.Require(IsPlaced(audit, start), addressRule, address);
        audit.Require(
            !IsPlaced(audit, start) || audit.IsPhysical(start + (entries * EntrySize) - 1, 0), endRule, count);
    }

    public static void CheckEntryLoad(in AuditContext<T> audit) =>
        CheckLoad(audit, Vmcs64.EntryMsrLoadAddress, Vmcs32.EntryMsrLoadCount, false);

    public static void CheckExitLoad(in AuditContext<T> audit) =>
        CheckLoad(audit, Vmcs64.ExitMsrLoadAddress, Vmcs32.ExitMsrLoadCount, true);

    public static void CheckExitStore(in AuditContext<T> audit)
    {
        const Vmcs64 area = Vmcs64.ExitMsrStoreAddress;
        ulong start = audit.Read(area);
        uint count = Length(audit, area, Vmcs32.ExitMsrStoreCount);
        for (uint entry = 1; entry <= count && Next(audit, ref start, out ulong key, out ulong _); entry++)
        {
            audit.RequireEntry(!IsX2Apic(key), AuditRule.ExitStoreMsrIsX2Apic, area, key, entry);
            audit.RequireEntry((Msr)(uint)key != Msr.Smbase, AuditRule.ExitStoreMsrNotReadable, area, key, entry);
            audit.RequireEntry(key >> 32 == 0, AuditRule.ExitStoreMsrReserved, area, key, entry);
        }
    }

    private static void CheckLoad(in AuditContext<T> audit, Vmcs64 area, Vmcs32 counter, bool onExit)
    {
        ulong start = audit.Read(area);
        uint count = Length(audit, area, counter);
        for (uint entry = 1; entry <= count && Next(audit, ref start, out ulong key, out ulong value); entry++)
        {
            audit.RequireEntry(!IsSegmentBase(key), SegmentBaseRule(onExit), area, key, entry);
            audit.RequireEntry(!IsX2Apic(key), X2ApicRule(onExit), area, key, entry);
            audit.RequireEntry(!IsNotLoadable(key), NotLoadableRule(onExit), area, key, entry);
            audit.RequireEntry(key >> 32 == 0, ReservedRule(onExit), area, key, entry);
            bool isTaken = MsrValue.IsLoadable((Msr)(uint)key, value, audit.Limits);
            audit.RequireEntry(isTaken, ValueRule(onExit), area, key, entry);
        }
    }

    private static AuditRule SegmentBaseRule(bool onExit) =>
        onExit ? AuditRule.ExitLoadMsrIsSegmentBase : AuditRule.EntryMsrIsSegmentBase;

    private static AuditRule X2ApicRule(bool onExit) =>
        onExit ? AuditRule.ExitLoadMsrIsX2Apic : AuditRule.EntryMsrIsX2Apic;

    private static AuditRule NotLoadableRule(bool onExit) =>
        onExit ? AuditRule.ExitLoadMsrNotLoadable : AuditRule.EntryMsrNotLoadable;

    private static AuditRule ReservedRule(bool onExit) =>
        onExit ? AuditRule.ExitLoadMsrReserved : AuditRule.EntryMsrReserved;

    private static AuditRule ValueRule(bool onExit) => onExit ? AuditRule.ExitLoadMsrValue : AuditRule.EntryMsrValue;

    private static bool IsSegmentBase(ulong key) => (Msr)(uint)key is Msr.FsBase or Msr.GsBase;

    private static bool IsX2Apic(ulong key) => (uint)key >> 8 == (uint)Msr.X2ApicBase >> 8;

    // Writable in system management mode only; kept from being loaded by the processor's model.
    private static bool IsNotLoadable(ulong key) =>
        (Msr)(uint)key is Msr.SmmMonitorControl or Msr.MicrocodeUpdateTrigger;

    // Entries to look at: none where the area is misplaced, and never more than the processor promises to handle.
    private static uint Length(in AuditContext<T> audit, Vmcs64 area, Vmcs32 counter) =>
        IsPlaced(audit, audit.Read(area)) ? Math.Min(audit.Read(counter), audit.Vmx.Misc.MaximumMsrListLength) : 0;

    private static bool Next(in AuditContext<T> audit, ref ulong address, out ulong key, out ulong value)
    {
        value = 0;
        bool known = audit.TryRead(address, out key) && audit.TryRead(address + (EntrySize / 2), out value);
        address += EntrySize;
        return known;
    }

    private static bool IsPlaced(in AuditContext<T> audit, ulong start) => audit.IsPhysical(start, EntrySize - 1);
}
