// Whether VMRUN takes a VMCB. AMD APM 2 15.5.1 Basic Operation, Canonicalization and Consistency Checks, 15.20 Event
// Injection, 15.25.4 Nested Paging and VMRUN/#VMEXIT. Stricter than the manual: LMA has to be what LME and PG say.
namespace MinusOne.Tests.Model;

internal static class SvmCheck
{
    private const ulong KnownEfer = 0xFD01;
    private const ulong PortMapBytes = 3 << 12, MsrMapBytes = 2 << 12;
    private const ulong LastInTheMap = 0xFFF;

    // Null: it is entered.
    public static string Of(SoftProcessor cpu, in Vmcb vmcb) =>
        OfModes(vmcb) ?? OfReserved(cpu, vmcb) ?? OfControls(cpu, vmcb) ?? OfInjection(vmcb);

    private static string OfModes(in Vmcb vmcb)
    {
        var cr0 = (Cr0)vmcb.Cr0;
        var efer = (Efer)vmcb.Efer;
        bool paging = (cr0 & Cr0.Paging) != 0, isLong = (efer & Efer.LongModeEnable) != 0 && paging;
        bool wide = (vmcb.Cr4 & (ulong)Cr4.PhysicalAddressExtension) != 0;
        bool isBoth = (vmcb.Cs.Attributes & 0x600) == 0x600;
        return (vmcb.Efer & SvmMsr.EferEnable) == 0 ? "EFER.SVME is clear"
            : (cr0 & (Cr0.CacheDisable | Cr0.NotWriteThrough)) == Cr0.NotWriteThrough ? "CR0.NW without CD"
            : isLong && !wide ? "EFER.LME and CR0.PG without CR4.PAE"
            : isLong && (cr0 & Cr0.ProtectionEnable) == 0 ? "EFER.LME and CR0.PG without PE"
            : isLong && isBoth ? "CS.L and CS.D in long mode"
            : isLong != ((efer & Efer.LongModeActive) != 0) ? "EFER.LMA is not what LME and CR0.PG say"
            : null;
    }

    private static string OfReserved(SoftProcessor cpu, in Vmcb vmcb)
    {
        bool isLong = (vmcb.Efer & (ulong)Efer.LongModeActive) != 0;
        return vmcb.Cr0 >> 32 != 0 ? "CR0 has upper bits"
            : isLong && vmcb.Cr3 >> cpu.PhysicalAddressBits != 0 ? "CR3 is beyond physical addresses"
            : (vmcb.Cr4 & ~SoftSvm.KnownCr4) != 0 ? $"CR4 has reserved bits: {vmcb.Cr4:X}"
            : vmcb.Dr6 >> 32 != 0 ? "DR6 has upper bits"
            : vmcb.Dr7 >> 32 != 0 ? "DR7 has upper bits"
            : (vmcb.Efer & ~KnownEfer) != 0 ? $"EFER has reserved bits: {vmcb.Efer:X}"
            : null;
    }

    private static string OfControls(SoftProcessor cpu, in Vmcb vmcb)
    {
        ulong asids = cpu.Cpuid(0x8000_000A, 0).Ebx;
        return (vmcb.Instructions & SvmIntercepts.Vmrun) == 0 ? "VMRUN is not intercepted"
            : vmcb.Asid == 0 || vmcb.Asid >= asids ? $"ASID {vmcb.Asid} of {asids}"
            : IsBeyond(cpu, vmcb.PortMap, PortMapBytes) ? "the port map is beyond physical addresses"
            : IsBeyond(cpu, vmcb.MsrMap, MsrMapBytes) ? "the MSR map is beyond physical addresses"
            : (vmcb.NestedPaging & 1) == 0 ? null
            : !cpu.Svm.HasFeature(SvmFeatures.NestedPaging) ? "nested paging, which this processor has not"
            : (vmcb.NestedRoot.Value & LastInTheMap) != 0 || IsBeyond(cpu, vmcb.NestedRoot, 0) ? "nested CR3"
            : !HasMemoryTypes(vmcb.Pat) ? "the guest's PAT has an unknown type"
            : null;
    }

    // The lower 12 bits of a map's address are not looked at.
    private static bool IsBeyond(SoftProcessor cpu, Hpa address, ulong bytes) =>
        ((address.Value & ~LastInTheMap) + bytes) >> cpu.PhysicalAddressBits != 0;

    private static bool HasMemoryTypes(ulong pat)
    {
        for (; pat != 0; pat >>= 8)
        {
            if ((pat & 0xFF) is 2 or 3 or > 7)
            {
                return false;
            }
        }

        return true;
    }

    // Types 0, 2, 3 and 4; NMI is no exception, and there are 32 of those.
    private static string OfInjection(in Vmcb vmcb)
    {
        uint type = ((uint)vmcb.Injection >> 8) & 7, vector = (byte)vmcb.Injection;
        bool hasCode = (vmcb.Injection & (1u << 11)) != 0;
        bool isReal = (vmcb.Cr0 & (ulong)Cr0.ProtectionEnable) == 0;
        return (vmcb.Injection & (1u << 31)) == 0 ? null
            : type is 1 or > 4 ? $"injection of the reserved type {type}"
            : type == 3 && (vector is 2 or > 31) ? $"injection of exception {vector}"
            : (vmcb.Injection & 0x7FFF_F000) != 0 ? "injection with reserved bits"
            : type != 3 && hasCode ? $"injection of type {type} with an error code"
            : type == 3 && hasCode && isReal ? "an error code in real mode"
            : type == 3 && !isReal && hasCode != HasErrorCode(vector) ? $"error code of exception {vector}"
            : null;
    }

    private static bool HasErrorCode(uint vector) => vector is 8 or (>= 10 and <= 14) or 17 or 21;
}
