// One way to break a VMCS: bits of a field are cleared and set, sometimes of a second one, and the rule that this
// breaks.

namespace MinusOne.Hv.Audit;

internal readonly struct BrokenEntry
{
    public const ulong All = ulong.MaxValue;

    public readonly AuditRule Rule;
    public readonly uint Field;
    public readonly ulong Clear;
    public readonly ulong Set;
    public readonly uint SecondField;
    public readonly ulong SecondValue;

    public BrokenEntry(AuditRule rule, Vmcs32 field, ulong clear, ulong set)
    {
        Rule = rule;
        Field = (uint)field;
        Clear = clear;
        Set = set;
    }

    // An address counts only if its area has entries.
    public BrokenEntry(AuditRule rule, Vmcs64 field, ulong clear, ulong set, Vmcs32 secondField, ulong secondValue)
        : this(rule, field, clear, set)
    {
        SecondField = (uint)secondField;
        SecondValue = secondValue;
    }

    public BrokenEntry(AuditRule rule, Vmcs16 field, ulong clear, ulong set)
    {
        Rule = rule;
        Field = (uint)field;
        Clear = clear;
        Set = set;
    }

    public BrokenEntry(AuditRule rule, Vmcs64 field, ulong clear, ulong set)
    {
        Rule = rule;
        Field = (uint)field;
        Clear = clear;
        Set = set;
    }

    public BrokenEntry(AuditRule rule, VmcsNatural field, ulong clear, ulong set)
    {
        Rule = rule;
        Field = (uint)field;
        Clear = clear;
        Set = set;
    }

    // The second field takes this value whole.
    public BrokenEntry(AuditRule rule, Vmcs32 field, ulong clear, ulong set, Vmcs32 secondField, ulong secondValue)
        : this(rule, field, clear, set)
    {
        SecondField = (uint)secondField;
        SecondValue = secondValue;
    }

    public void Apply()
    {
        VmxCpu.VmWrite(Field, (VmxCpu.VmRead(Field) & ~Clear) | Set);
        if (SecondField != 0)
        {
            VmxCpu.VmWrite(SecondField, SecondValue);
        }
    }
}
