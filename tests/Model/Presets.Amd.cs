// Software processors of the other make: without SVM, with all that hv/ can use of it, and with one thing missing each.
namespace MinusOne.Tests.Model;

internal static partial class Presets
{
    private const uint ManyAsids = 0x8000;
    private const SvmFeatures OfRyzen = SvmFeatures.NestedPaging | SvmFeatures.BranchRecords | SvmFeatures.Lock
        | SvmFeatures.NextRip | SvmFeatures.TscScaling | SvmFeatures.CleanBits | SvmFeatures.FlushByAsid
        | SvmFeatures.DecodeAssists | SvmFeatures.PauseFilter | SvmFeatures.PauseThreshold;

    // No virtualization: neither a CPUID bit nor a single one of the MSRs.
    public static SoftProcessor Amd()
    {
        var cpu = new SoftProcessor();
        PresetCpuid.Amd(cpu);
        PresetMsrs.Common(cpu);
        return cpu;
    }

    public static SoftProcessor Ryzen() => WithSvm(ManyAsids, OfRyzen);

    // As QEMU's EPYC without KVM: neither the next RIP nor a flush of one ASID.
    public static SoftProcessor PlainSvm() => WithSvm(16, SvmFeatures.NestedPaging);

    // Two for guests.
    public static SoftProcessor FewAsids() => WithSvm(3, OfRyzen);

    public static SoftProcessor SvmLockedOff()
    {
        SoftProcessor cpu = Ryzen();
        cpu.Msrs[(uint)SvmMsr.VmCr] = 0x18;
        return cpu;
    }

    public static SoftProcessor NoNestedPaging() => WithSvm(ManyAsids, OfRyzen & ~SvmFeatures.NestedPaging);

    private static SoftProcessor WithSvm(uint asids, SvmFeatures features)
    {
        SoftProcessor cpu = Amd();
        PresetCpuid.Svm(cpu, asids, features);
        PresetMsrs.Svm(cpu);
        return cpu;
    }
}
