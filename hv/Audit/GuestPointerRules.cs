// Checks on the guest's RIP and SSP. SDM 3C 28.3.1.4 Checks on Guest RIP, RFLAGS, and SSP. In 64-bit code the bits
// above the linear-address width must be alike; the highest address bit itself may differ from them, so this is less
// than canonical.

namespace MinusOne.Hv.Audit;

internal static class GuestPointerRules<T>
    where T : struct, IVmcsReader
{
    public static void Check(in AuditContext<T> audit)
    {
        InstructionPointer(audit);
        ShadowStackPointer(audit);
    }

    private static void InstructionPointer(in AuditContext<T> audit)
    {
        ulong rip = audit.Read(VmcsNatural.GuestRip);
        audit.Require(audit.Is64BitCode || rip >> 32 == 0, AuditRule.GuestRipUpper, VmcsNatural.GuestRip);
        audit.Require(!audit.Is64BitCode || IsLinear(audit, rip), AuditRule.GuestRipLinear, VmcsNatural.GuestRip);
    }

    private static void ShadowStackPointer(in AuditContext<T> audit)
    {
        if (!audit.Has(EntryControls.LoadCetState))
        {
            return;
        }

        ulong stack = audit.Read(VmcsNatural.GuestSsp);
        audit.Require((stack & 3) == 0, AuditRule.GuestSspAlignment, VmcsNatural.GuestSsp);
        audit.Require(audit.Is64BitCode || stack >> 32 == 0, AuditRule.GuestSspUpper, VmcsNatural.GuestSsp);
        audit.Require(!audit.Is64BitCode || IsLinear(audit, stack), AuditRule.GuestSspLinear, VmcsNatural.GuestSsp);
    }

    private static bool IsLinear(in AuditContext<T> audit, ulong address) =>
        RegisterLimits.IsCanonical(address, audit.Limits.LinearAddressBits + 1);
}
