// Long tables of names that only reports of failed entries need. Like Cpu, chosen at link time: the image carries them
// packed, made from the enums by the build; the unit tests ask these themselves.

namespace MinusOne.Hv.Report;

internal static partial class Names
{
    // A VMCS field as its enum calls it, "?" if there is none.
    public static partial ReadOnlySpan<byte> OfField(uint encoding);

    // What a rule of the audit says, in one line.
    public static partial ReadOnlySpan<byte> OfRule(AuditRule rule);
}
