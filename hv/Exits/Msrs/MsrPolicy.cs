// Which MSRs a guest has, and what they mean: a table. What is not in it does not exist: #GP(0), as on a processor
// without it. SDM 4 2.1 Architectural MSRs. Left out on purpose: everything that CPUID hides (VMX, x2APIC, counters,
// branch records, speculation control, XSS); of machine checks there is the number of banks, none, which kernels read
// unasked. A guest's memory is write-back whatever it writes to its MTRRs; they give back what was written. The last
// rows are those of AMD's own that kernels touch unasked as well. AMD APM 2 Appendix A MSR Cross-Reference.
namespace MinusOne.Hv.Exits.Msrs;

internal static class MsrPolicy
{
    public const byte Both = (byte)(Interception.Reads | Interception.Writes);

    // Eight variable ranges, fixed ranges, write-combining.
    private const ulong MtrrCapabilities = 0x508;

    // MTRRs and fixed ranges on, write-back by default.
    private const ulong MtrrDefault = 0xC06;
    private const ulong AllWriteBack = 0x0606_0606_0606_0606;

    private const ulong MicrocodeRevision1 = 1UL << 32;

    // HWCR: the TSC counts as fast in all power states.
    private const ulong SteadyTsc = 1UL << 24;
    private const int OfAmd = 5;

    // How many are stored.
    public const int Stores = 29;

    // In ascending order.
    private static readonly MsrRule[] s_rules =
    [
        new(Msr.TimeStampCounter, MsrRead.TimeStamp, MsrWrite.TimeStamp, passes: (byte)Interception.Reads),
        new(Msr.PlatformId, MsrRead.Value, MsrWrite.Fault),
        new(Msr.ApicBase, MsrRead.ApicBase, MsrWrite.ApicBase),
        new(Msr.FeatureControl, MsrRead.Value, MsrWrite.Fault, FeatureControl.Lock),
        new(Msr.TscAdjust, MsrRead.TscAdjust, MsrWrite.TscAdjust),
        new(Msr.MicrocodeUpdateTrigger, MsrRead.Fault, MsrWrite.Ignore),
        new(Msr.MicrocodeSignature, MsrRead.Value, MsrWrite.Ignore, MicrocodeRevision1),
        new(Msr.MtrrCap, MsrRead.Value, MsrWrite.Fault, MtrrCapabilities),
        new(Msr.SysenterCs, KeptMsr.SysenterCs, MsrCheck.Low32),
        new(Msr.SysenterEsp, KeptMsr.SysenterEsp, MsrCheck.Canonical),
        new(Msr.SysenterEip, KeptMsr.SysenterEip, MsrCheck.Canonical),
        new(Msr.MachineCheckCap, MsrRead.Value, MsrWrite.Fault),
        new(Msr.MachineCheckStatus, MsrRead.Value, MsrWrite.Ignore),
        new(Msr.MiscEnable, MsrRead.Stored, MsrWrite.Stored, MsrValues.MiscEnable, MsrCheck.FastStrings),
        new(Msr.DebugCtl, MsrRead.Field, MsrWrite.Field, (ulong)KeptMsr.DebugControl, MsrCheck.DebugBits),
        new(Msr.MtrrPhysBase0, Msr.MtrrPhysBase0 + 15, MsrRead.Stored, MsrWrite.Range, 0),
        new(Msr.MtrrFix64K00000, MsrRead.Stored, MsrWrite.Stored, AllWriteBack, MsrCheck.RangeTypes),
        new(Msr.MtrrFix16K80000, Msr.MtrrFix16KA0000, MsrRead.Stored, MsrWrite.Stored, AllWriteBack,
            MsrCheck.RangeTypes),
        new(Msr.MtrrFix4KC0000, Msr.MtrrFix4KF8000, MsrRead.Stored, MsrWrite.Stored, AllWriteBack,
            MsrCheck.RangeTypes),
        new(Msr.Pat, KeptMsr.Pat, MsrCheck.MemoryTypes),
        new(Msr.MtrrDefType, MsrRead.Stored, MsrWrite.Stored, MtrrDefault, MsrCheck.DefaultType),
        new(Msr.KvmWallClock, Msr.KvmEoi, MsrRead.Fault, MsrWrite.Kvm, 0),
        new(Msr.Efer, MsrRead.Field, MsrWrite.Efer, (ulong)KeptMsr.Efer, passes: Both),
        new(Msr.Star, Msr.Fmask, MsrRead.Register, MsrWrite.Register, 0, MsrCheck.Any, (byte)Interception.Reads),
        new(Msr.FsBase, KeptMsr.FsBase, MsrCheck.Canonical),
        new(Msr.GsBase, KeptMsr.GsBase, MsrCheck.Canonical),
        new(Msr.KernelGsBase, MsrRead.Register, MsrWrite.Register, passes: Both),
        new(Msr.TscAux, MsrRead.Register, MsrWrite.Register, passes: (byte)Interception.Reads),
        new(Msr.SystemConfiguration, MsrRead.Value, MsrWrite.Ignore),
        new(Msr.HardwareConfiguration, MsrRead.Value, MsrWrite.Ignore, SteadyTsc),
        new(Msr.NorthbridgeConfiguration, MsrRead.Value, MsrWrite.Ignore),
        new(Msr.InterruptPendingMessage, MsrRead.Value, MsrWrite.Ignore),
        new(Msr.DecodeConfiguration, MsrRead.Value, MsrWrite.Ignore),
    ];

    private static readonly MsrRule[] s_none = [new(0, MsrRead.Fault, MsrWrite.Fault)];

    public static ReadOnlySpan<MsrRule> Rules => s_rules;

    // A rule that refuses everything if there is none.
    public static ref readonly MsrRule Find(uint msr)
    {
        int low = 0;
        int high = s_rules.Length;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (msr > s_rules[middle].Last)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        bool isThere = low < s_rules.Length && msr >= s_rules[low].First;
        return ref isThere && (low < s_rules.Length - OfAmd || Cpu.IsAmd) ? ref s_rules[low] : ref s_none[0];
    }

    // The place of a stored MSR among the guest's values; what is kept there is how it differs from the rule's value.
    public static int StoreOf(uint msr)
    {
        int store = 0;
        foreach (ref readonly MsrRule rule in Rules)
        {
            if (msr <= rule.Last)
            {
                return store + (int)(msr - rule.First);
            }

            store += rule.Read == MsrRead.Stored ? (int)(rule.Last - rule.First) + 1 : 0;
        }

        return store;
    }

    // Turns interception off for what passes. The bitmap intercepts everything so far.
    public static void Apply(ref Interception interception)
    {
        foreach (ref readonly MsrRule rule in Rules)
        {
            for (uint msr = rule.First; rule.Passes != 0 && msr <= rule.Last; msr++)
            {
                interception.SetMsr(msr, Both & ~(uint)rule.Passes);
            }
        }
    }
}
