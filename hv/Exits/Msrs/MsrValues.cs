// Which values an MSR takes. Pure: no processor and no VMCS is asked.
namespace MinusOne.Hv.Exits.Msrs;

internal static class MsrValues
{
    // Fast strings on; no branch trace store, no precise events.
    public const ulong MiscEnable = 0x1800 | FastStrings;

    private const ulong FastStrings = 1;

    // IA32_MTRR_DEF_TYPE: a type, fixed ranges on, all on.
    private const ulong DefaultTypeBits = 0xCFF;

    private const ulong ApicBootProcessor = 1UL << 8;
    private const ulong ApicX2Mode = 1UL << 10;
    private const ulong ApicEnabled = 1UL << 11;
    private const ulong ApicFlags = ApicBootProcessor | ApicX2Mode | ApicEnabled;

    // False: #GP(0). May cut the value down to what the register holds.
    public static bool TryAccept(MsrCheck check, ref ulong value)
    {
        switch (check)
        {
            case MsrCheck.Canonical: return RegisterLimits.IsCanonical(value, 48);
            case MsrCheck.Low32:
                value = (uint)value;
                return true;
            case MsrCheck.MemoryTypes: return MemoryTypes.Are(value, MemoryType.UncacheableMinus);
            case MsrCheck.RangeTypes: return MemoryTypes.Are(value, MemoryType.WriteBack);
            case MsrCheck.DefaultType:
                return (value & ~DefaultTypeBits) == 0 && MemoryTypes.Are((byte)value, MemoryType.WriteBack);
            case MsrCheck.FastStrings:
                value = (MiscEnable & ~FastStrings) | (value & FastStrings);
                return true;
            case MsrCheck.DebugBits:
                return (value & ~(ulong)(DebugCtl.LastBranchRecord | DebugCtl.SingleStepOnBranches)) == 0;
            default: return true;
        }
    }

    // SDM 3A 2.2.1 Extended Feature Enable Register. LMA is the processor's; what is written to it is ignored.
    public static bool TryEfer(ulong old, ulong written, bool isPaging, bool hasExecuteDisable, out ulong efer)
    {
        Efer known = Efer.SyscallEnable | Efer.LongModeEnable | Efer.LongModeActive
            | (hasExecuteDisable ? Efer.ExecuteDisableEnable : 0);
        efer = (written & ~(ulong)Efer.LongModeActive) | (old & (ulong)Efer.LongModeActive);
        bool changesMode = ((old ^ written) & (ulong)Efer.LongModeEnable) != 0;
        return (written & ~(ulong)known) == 0 && !(changesMode && isPaging);
    }

    // SDM 3A 12.4.3 Enabling or Disabling the Local APIC, 12.12.5.1 x2APIC States: x2APIC mode is left only by turning
    // the APIC off, and not entered from there.
    public static bool IsApicBaseAllowed(ulong old, ulong written, int physicalAddressBits, bool hasX2Apic)
    {
        ulong address = ((1UL << physicalAddressBits) - 1) & ~0xFFFUL;
        bool enabled = (written & ApicEnabled) != 0, x2 = (written & ApicX2Mode) != 0;
        bool wasEnabled = (old & ApicEnabled) != 0, wasX2 = (old & ApicX2Mode) != 0;
        if ((written & ~(address | ApicFlags)) != 0 || (x2 && (!hasX2Apic || !enabled)))
        {
            return false;
        }

        return wasX2 ? x2 || !enabled : !x2 || wasEnabled;
    }

    // SDM 3A 13.11.2.3 Variable Range MTRRs. Bases have even numbers.
    public static bool IsRange(uint msr, ulong value, int physicalAddressBits) =>
        value >> physicalAddressBits == 0
        && ((msr & 1) == 0
            ? (value & 0xF00) == 0 && MemoryTypes.Are((byte)value, MemoryType.WriteBack)
            : (value & 0x7FF) == 0);
}
