// What this processor's SVM can do, and whether firmware lets it. AMD APM 3 CPUID Fn8000_000A, AMD APM 2 15.4 Enabling
// SVM, 15.30.1 VM_CR MSR.
namespace MinusOne.Hv.Svm;

internal struct SvmCapabilities
{
    private const uint Leaf = 0x8000_000A;
    private const uint SvmFeature = 1u << 2;
    private const ulong Disabled = 1UL << 4;
    private const ulong Locked = 1UL << 3;

    public bool IsLockedOff;

    // CPUID says that another hypervisor is there: it has the machine.
    public bool IsBelowAnother;
    public uint Revision;
    public uint Asids;
    public SvmFeatures Features;

    public static bool IsAnnounced =>
        Cpu.Cpuid(0x8000_0000).Eax >= Leaf && (Cpu.Cpuid(0x8000_0001).Ecx & SvmFeature) != 0;

    public static SvmCapabilities Read()
    {
        CpuidResult leaf = Cpu.Cpuid(Leaf);
        ulong control = Cpu.ReadMsr(SvmMsr.VmCr);
        return new()
        {
            IsBelowAnother = (Cpu.Cpuid(1).Ecx & (1u << 31)) != 0,
            IsLockedOff = (control & (Disabled | Locked)) == (Disabled | Locked),
            Revision = leaf.Eax & 0xFF,
            Asids = leaf.Ebx,
            Features = (SvmFeatures)leaf.Edx,
        };
    }

    // The bits of CR4 that this processor has. AMD APM 2 3.1.3 CR4 Register, SDM 3A 2.5 Control Registers.
    public static Cr4 Cr4
    {
        get
        {
            CpuidResult basic = Cpu.Cpuid(1);
            CpuidResult more = Cpu.Cpuid(0).Eax >= 7 ? Cpu.Cpuid(7) : default;
            ulong bits = (ulong)Cr4.PerformanceCounterEnable | (Bit(basic.Edx, 1) * 3) | (Bit(basic.Edx, 2) << 3)
                | (Bit(basic.Edx, 3) << 4) | (Bit(basic.Edx, 4) << 2) | (Bit(basic.Edx, 6) << 5)
                | (Bit(basic.Edx, 7) << 6) | (Bit(basic.Edx, 13) << 7) | (Bit(basic.Edx, 24) << 9)
                | (Bit(basic.Edx, 25) << 10) | (Bit(basic.Ecx, 17) << 17) | (Bit(basic.Ecx, 26) << 18)
                | (Bit(more.Ebx, 0) << 16) | (Bit(more.Ebx, 7) << 20) | (Bit(more.Ebx, 20) << 21)
                | (Bit(more.Ecx, 2) << 11);
            return (Cr4)bits;
        }
    }

    private static ulong Bit(uint word, int bit) => (word >> bit) & 1;

    public static SecondLevelFeatures SecondLevel(bool hasLargePages, bool hasPages1G) => new()
    {
        Format = PageFormat.Nested,
        HasLargeCode = true,
        LargestLeaf = (byte)(!hasLargePages ? PageLevel.Page4K : hasPages1G ? PageLevel.Page1G : PageLevel.Page2M),
    };

    public readonly bool Has(SvmFeatures features) => (Features & features) == features;
}

[Flags]
internal enum SvmFeatures : uint
{
    None = 0,
    [Says("nested paging")] NestedPaging = 1u << 0,
    [Says("branch records")] BranchRecords = 1u << 1,
    [Says("lock by firmware")] Lock = 1u << 2,
    [Says("next RIP")] NextRip = 1u << 3,
    [Says("TSC scaling")] TscScaling = 1u << 4,
    [Says("clean bits")] CleanBits = 1u << 5,
    [Says("flush by ASID")] FlushByAsid = 1u << 6,
    [Says("decode assists")] DecodeAssists = 1u << 7,
    [Says("PAUSE filter")] PauseFilter = 1u << 10,
    [Says("PAUSE filter threshold")] PauseThreshold = 1u << 12,
    [Says("AVIC")] Avic = 1u << 13,
    [Says("virtual VMLOAD and VMSAVE")] VirtualLoad = 1u << 15,
    [Says("virtual GIF")] VirtualGif = 1u << 16,
    [Says("virtual NMI")] VirtualNmi = 1u << 25,
}

// AMD's own MSRs that only this backend touches.
internal static class SvmMsr
{
    public const Msr VmCr = (Msr)0xC001_0114;
    public const Msr HostSavePage = (Msr)0xC001_0117;

    // EFER.SVME, which the guest does not see.
    public const ulong EferEnable = 1UL << 12;
    public const ulong VmCrDisabled = 1UL << 4;
}
