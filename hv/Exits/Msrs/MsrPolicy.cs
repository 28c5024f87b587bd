// Which MSRs a guest has, and what they mean: a table. What is not in it does not exist: #GP(0), as on a processor
// without it. SDM 4 2.1 Architectural MSRs. Left out on purpose: everything that CPUID hides (VMX, x2APIC, counters,
// branch records, speculation control, XSS); of machine checks there is the number of banks, none, which kernels read
// unasked. A guest's memory is write-back whatever it writes to its MTRRs; they give back what was written.

namespace MinusOne.Hv.Exits.Msrs;

internal static class MsrPolicy
{
    private const byte Both = (byte)(Interception.Reads | Interception.Writes);

    // Eight variable ranges, fixed ranges, write-combining.
    private const ulong MtrrCapabilities = 0x508;

    // MTRRs and fixed ranges on, write-back by default.
    private const ulong MtrrDefault = 0xC06;
    private const ulong AllWriteBack = 0x0606_0606_0606_0606;

    private const ulong MicrocodeRevision1 = 1UL << 32;

    // How many are stored.
    public const int Stores = 29;

    private static readonly MsrRule[] s_rules =
    [
        new((uint)Msr.TimeStampCounter, (uint)Msr.TimeStampCounter, MsrRead.TimeStamp, MsrWrite.TimeStamp, 0,
            MsrCheck.Any, (byte)Interception.Reads),
        new((uint)Msr.PlatformId, (uint)Msr.PlatformId, MsrRead.Value, MsrWrite.Fault, 0),
        new((uint)Msr.ApicBase, (uint)Msr.ApicBase, MsrRead.ApicBase, MsrWrite.ApicBase, 0),
        new((uint)Msr.FeatureControl, (uint)Msr.FeatureControl, MsrRead.Value, MsrWrite.Fault, FeatureControl.Lock),
        new((uint)Msr.TscAdjust, (uint)Msr.TscAdjust, MsrRead.TscAdjust, MsrWrite.TscAdjust, 0),
        new((uint)Msr.MicrocodeUpdateTrigger, (uint)Msr.MicrocodeUpdateTrigger, MsrRead.Fault, MsrWrite.Ignore, 0),
        new((uint)Msr.MicrocodeSignature, (uint)Msr.MicrocodeSignature, MsrRead.Value, MsrWrite.Ignore,
            MicrocodeRevision1),
        new((uint)Msr.MtrrCap, (uint)Msr.MtrrCap, MsrRead.Value, MsrWrite.Fault, MtrrCapabilities),
        new((uint)Msr.SysenterCs, (uint)Msr.SysenterCs, MsrRead.Field, MsrWrite.Field, (ulong)KeptMsr.SysenterCs,
            MsrCheck.Low32, Both),
        new((uint)Msr.SysenterEsp, (uint)Msr.SysenterEsp, MsrRead.Field, MsrWrite.Field,
            (ulong)KeptMsr.SysenterEsp,
            MsrCheck.Canonical, Both),
        new((uint)Msr.SysenterEip, (uint)Msr.SysenterEip, MsrRead.Field, MsrWrite.Field,
            (ulong)KeptMsr.SysenterEip,
            MsrCheck.Canonical, Both),
        new((uint)Msr.MachineCheckCap, (uint)Msr.MachineCheckCap, MsrRead.Value, MsrWrite.Fault, 0),
        new((uint)Msr.MachineCheckStatus, (uint)Msr.MachineCheckStatus, MsrRead.Value, MsrWrite.Ignore, 0),
        new((uint)Msr.MiscEnable, (uint)Msr.MiscEnable, MsrRead.Stored, MsrWrite.Stored, MsrValues.MiscEnable,
            MsrCheck.FastStrings),
        new((uint)Msr.DebugCtl, (uint)Msr.DebugCtl, MsrRead.Field, MsrWrite.Field, (ulong)KeptMsr.DebugControl,
            MsrCheck.DebugBits),
        new((uint)Msr.MtrrPhysBase0, (uint)Msr.MtrrPhysBase0 + 15, MsrRead.Stored, MsrWrite.Range, 0),
        new((uint)Msr.MtrrFix64K00000, (uint)Msr.MtrrFix64K00000, MsrRead.Stored, MsrWrite.Stored, AllWriteBack,
            MsrCheck.RangeTypes),
        new((uint)Msr.MtrrFix16K80000, (uint)Msr.MtrrFix16KA0000, MsrRead.Stored, MsrWrite.Stored, AllWriteBack,
            MsrCheck.RangeTypes),
        new((uint)Msr.MtrrFix4KC0000, (uint)Msr.MtrrFix4KF8000, MsrRead.Stored, MsrWrite.Stored, AllWriteBack,
            MsrCheck.RangeTypes),
        new((uint)Msr.Pat, (uint)Msr.Pat, MsrRead.Field, MsrWrite.Field, (ulong)KeptMsr.Pat, MsrCheck.MemoryTypes,
            Both),
        new((uint)Msr.MtrrDefType, (uint)Msr.MtrrDefType, MsrRead.Stored, MsrWrite.Stored, MtrrDefault,
            MsrCheck.DefaultType),
        new((uint)Msr.Efer, (uint)Msr.Efer, MsrRead.Field, MsrWrite.Efer, (ulong)KeptMsr.Efer, MsrCheck.Any, Both),
        new((uint)Msr.Star, (uint)Msr.Fmask, MsrRead.Register, MsrWrite.Register, 0, MsrCheck.Any, Both),
        new((uint)Msr.FsBase, (uint)Msr.FsBase, MsrRead.Field, MsrWrite.Field, (ulong)KeptMsr.FsBase,
            MsrCheck.Canonical, Both),
        new((uint)Msr.GsBase, (uint)Msr.GsBase, MsrRead.Field, MsrWrite.Field, (ulong)KeptMsr.GsBase,
            MsrCheck.Canonical, Both),
        new((uint)Msr.KernelGsBase, (uint)Msr.TscAux, MsrRead.Register, MsrWrite.Register, 0, MsrCheck.Any, Both),
    ];

    private static readonly MsrRule[] s_none = [new(0, 0, MsrRead.Fault, MsrWrite.Fault, 0)];

    public static ReadOnlySpan<MsrRule> Rules => s_rules;

    // A rule that refuses everything if there is none.
    public static ref readonly MsrRule Find(uint msr)
    {
        foreach (ref readonly MsrRule rule in Rules)
        {
            if (msr >= rule.First && msr <= rule.Last)
            {
                return ref rule;
            }
        }

        return ref s_none[0];
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
