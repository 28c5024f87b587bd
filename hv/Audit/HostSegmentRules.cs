// Checks on the host's segment and descriptor-table registers. SDM 3C 28.2.3 Checks on Host Segment and
// Descriptor-Table Registers.

namespace MinusOne.Hv.Audit;

internal static class HostSegmentRules<T>
    where T : struct, IVmcsReader
{
    // RPL and TI.
    private const uint SelectorBits = 7;

    public static void Check(in AuditContext<T> audit)
    {
        SelectorBitsClear(audit);
        NotNull(audit);
        Bases(audit);
    }

    private static void SelectorBitsClear(in AuditContext<T> audit)
    {
        for (Vmcs16 field = Vmcs16.HostEsSelector; field <= Vmcs16.HostTrSelector; field += 2)
        {
            audit.Require((audit.Read(field) & SelectorBits) == 0, AuditRule.HostSelectorBits, field);
        }
    }

    private static void NotNull(in AuditContext<T> audit)
    {
        audit.Require(audit.Read(Vmcs16.HostCsSelector) != 0, AuditRule.HostCsIsNull, Vmcs16.HostCsSelector);
        audit.Require(audit.Read(Vmcs16.HostTrSelector) != 0, AuditRule.HostTrIsNull, Vmcs16.HostTrSelector);
        audit.Require(
            audit.IsLongHost || audit.Read(Vmcs16.HostSsSelector) != 0, AuditRule.HostSsIsNull, Vmcs16.HostSsSelector);
    }

    private static void Bases(in AuditContext<T> audit)
    {
        for (VmcsNatural field = VmcsNatural.HostFsBase; field <= VmcsNatural.HostIdtrBase; field += 2)
        {
            audit.Require(audit.Limits.IsCanonical(audit.Read(field)), AuditRule.HostBaseCanonical, field);
        }
    }
}
