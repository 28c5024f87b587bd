// Whether VMRUN takes a VMCB: the hypervisor's own auditor says so, as for the other make (EntryCheck). Stricter than
// the manual: LMA has to be what LME and PG say, and an injected event must be one that a processor could deliver.

using System.Text;

namespace MinusOne.Tests.Model;

internal static unsafe class SvmCheck
{
    // Null: it is entered.
    public static string Of(in Vmcb vmcb)
    {
        fixed (Vmcb* block = &vmcb)
        {
            SvmRule rule = SvmRule.None;
            var audit = new SvmAudit(block, SvmCapabilities.Read(), RegisterLimits.Read());
            return audit.TryNext(ref rule, out SvmPlace place)
                ? $"{Encoding.ASCII.GetString(Names.OfRule((uint)rule))}; "
                    + $"{Encoding.ASCII.GetString(Names.OfField(place.Number))} = {place.Value:X}"
                : OfMode(vmcb) ?? OfInjection(vmcb);
        }
    }

    private static string OfMode(in Vmcb vmcb)
    {
        var efer = (Efer)vmcb.Efer;
        bool isLong = (efer & Efer.LongModeEnable) != 0 && (vmcb.Cr0 & (ulong)Cr0.Paging) != 0;
        return isLong != ((efer & Efer.LongModeActive) != 0) ? "EFER.LMA is not what LME and CR0.PG say" : null;
    }

    private static string OfInjection(in Vmcb vmcb)
    {
        uint type = ((uint)vmcb.Injection >> 8) & 7, vector = (byte)vmcb.Injection;
        bool hasCode = (vmcb.Injection & (1u << 11)) != 0;
        bool isReal = (vmcb.Cr0 & (ulong)Cr0.ProtectionEnable) == 0;
        return (vmcb.Injection & (1u << 31)) == 0 ? null
            : (vmcb.Injection & 0x7FFF_F000) != 0 ? "injection with reserved bits"
            : type != 3 && hasCode ? $"injection of type {type} with an error code"
            : type == 3 && hasCode && isReal ? "an error code in real mode"
            : type == 3 && !isReal && hasCode != HasErrorCode(vector) ? $"error code of exception {vector}"
            : null;
    }

    private static bool HasErrorCode(uint vector) => vector is 8 or (>= 10 and <= 14) or 17 or 21;
}
