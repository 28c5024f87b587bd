// One row of the policy: an MSR or a range of them, and what reading and writing means.

namespace MinusOne.Hv.Exits.Msrs;

internal readonly struct MsrRule
{
    public readonly uint First;
    public readonly uint Last;
    public readonly MsrRead Read;
    public readonly MsrWrite Write;
    public readonly MsrCheck Check;

    // Accesses that do not exit unless a configuration wants them to: Interception.Reads, Interception.Writes.
    public readonly byte Passes;

    // The constant, or the encoding of the VMCS field.
    public readonly ulong Value;

    public MsrRule(
        uint first, uint last, MsrRead read, MsrWrite write, ulong value, MsrCheck check = MsrCheck.Any,
        byte passes = 0)
    {
        First = first;
        Last = last;
        Read = read;
        Write = write;
        Check = check;
        Passes = passes;
        Value = value;
    }
}
