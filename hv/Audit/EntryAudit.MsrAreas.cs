// Rules about the three MSR areas: where they lie (part of the controls), and what an entry finds in its own. SDM 3C
// 28.4 Loading MSRs. Whether the processor has an MSR at all only the processor knows; of values, the ones everybody
// loads are checked.

using static MinusOne.Hv.Audit.AuditRule;

namespace MinusOne.Hv.Audit;

internal readonly unsafe ref partial struct EntryAudit<T>
{
    private const uint EntrySize = 16;

    private void Area(AuditRule place, AuditRule end, Vmcs64 address, Vmcs32 count)
    {
        ulong start = Read(address), entries = Read(count);
        bool isPlaced = IsPhysical(start, EntrySize - 1);
        Require(place, address, entries == 0 || isPlaced);
        Require(end, count, entries == 0 || !isPlaced || IsPhysical(start + (entries * EntrySize) - 1, 0));
    }

    // No entries where the area is misplaced, and never more than the processor promises to handle.
    private void EntryMsrs()
    {
        ulong address = Read(Vmcs64.EntryMsrLoadAddress);
        ulong count = IsPhysical(address, EntrySize - 1)
            ? Math.Min(Read(Vmcs32.EntryMsrLoadCount), _vmx.Misc.MaximumMsrListLength) : 0;
        for (uint entry = 1; entry <= count; entry++, address += EntrySize)
        {
            if (!TryRead(address, out ulong key) || !TryRead(address + (EntrySize / 2), out ulong value))
            {
                return;
            }

            var msr = (Msr)(uint)key;
            Require(EntryMsrIsSegmentBase, msr is not (Msr.FsBase or Msr.GsBase), key, entry);
            Require(EntryMsrIsX2Apic, (uint)msr >> 8 != (uint)Msr.X2ApicBase >> 8, key, entry);

            // Writable in system management mode only; kept from being loaded by the processor's model.
            Require(EntryMsrNotLoadable, msr is not (Msr.SmmMonitorControl or Msr.MicrocodeUpdateTrigger), key, entry);
            Require(EntryMsrReserved, key >> 32 == 0, key, entry);
            Require(EntryMsrValue, MsrValue.IsLoadable(msr, value, _limits), key, entry);
        }
    }

    private void Require(AuditRule rule, bool holds, ulong key, uint entry)
    {
        if (!holds)
        {
            _findings.Add(new AuditFinding(rule, Vmcs64.EntryMsrLoadAddress, key, entry));
        }
    }
}
