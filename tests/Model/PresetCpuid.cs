// The CPUID leaves of the preset processors, as far as a hypervisor looks at them. SDM 2A CPUID.
namespace MinusOne.Tests.Model;

internal static class PresetCpuid
{
    private const int PhysicalAddressBits = 48;

    public static void SkylakeX(SoftProcessor cpu)
    {
        Vendor(cpu, 0x16, 0x756E_6547, 0x4965_6E69, 0x6C65_746E);
        Set(cpu, 1, 0, 0x0005_0654, 0x0001_0800, 0x77FA_FBBF, 0xBFEB_FBFF);
        Set(cpu, 7, 0, 0, 0xD19F_0FBB, 0x0000_0008, 0);
        Set(cpu, 0xA, 0, 0x0730_0404, 0, 0, 0x0000_0603);
        Set(cpu, 0xD, 0, 0x0000_00E7, 0x0A80, 0x0A80, 0);
        Set(cpu, 0xD, 1, 0x0000_000F, 0x0980, 0, 0);
        Set(cpu, 0xD, 2, 0x0100, 0x0240, 0, 0);
        Set(cpu, 0x15, 0, 2, 292, 24_000_000, 0);
        Set(cpu, 0x16, 0, 3500, 4000, 100, 0);
        Set(cpu, 0x8000_0000, 0, 0x8000_0008, 0, 0, 0);
        Set(cpu, 0x8000_0001, 0, 0, 0, 0x0000_0121, 0x2C10_0800);
        Set(cpu, 0x8000_0007, 0, 0, 0, 0, 0x0000_0100);
        Set(cpu, 0x8000_0008, 0, 0x3000 | PhysicalAddressBits, 0, 0, 0);
    }

    public static void Amd(SoftProcessor cpu)
    {
        Vendor(cpu, 0xD, 0x6874_7541, 0x6974_6E65, 0x444D_4163);
        Set(cpu, 1, 0, 0x0080_0F11, 0x0010_0800, 0x76D8_320B, 0x178B_FBFF);
        Set(cpu, 7, 0, 0, 0x209C_01A9, 0, 0);
        Set(cpu, 0xD, 0, 7, 0x0340, 0x0340, 0);
        Set(cpu, 0xD, 1, 0xF, 0x0340, 0, 0);
        Set(cpu, 0x8000_0000, 0, 0x8000_001F, 0x6874_7541, 0x444D_4163, 0x6974_6E65);
        Set(cpu, 0x8000_0001, 0, 0x0080_0F11, 0, 0x35C2_33FB, 0x2FD3_FBFF);
        Set(cpu, 0x8000_0008, 0, 0x3000 | PhysicalAddressBits, 0, 0, 0);
    }

    // AMD APM 3 CPUID Fn8000_0001_ECX, Fn8000_000A.
    public static void Svm(SoftProcessor cpu, uint asids, SvmFeatures features)
    {
        CpuidResult leaf = cpu.CpuidLeaves[(0x8000_0001, 0)];
        leaf.Ecx |= 1u << 2;
        cpu.CpuidLeaves[(0x8000_0001, 0)] = leaf;
        Set(cpu, 0x8000_000A, 0, 1, asids, 0, (uint)features);
    }

    public static void HidePages1G(SoftProcessor cpu)
    {
        CpuidResult leaf = cpu.CpuidLeaves[(0x8000_0001, 0)];
        leaf.Edx &= ~(1u << 26);
        cpu.CpuidLeaves[(0x8000_0001, 0)] = leaf;
    }

    public static void HideInvpcid(SoftProcessor cpu)
    {
        CpuidResult leaf = cpu.CpuidLeaves[(7, 0)];
        leaf.Ebx &= ~(1u << 10);
        cpu.CpuidLeaves[(7, 0)] = leaf;
    }

    private static void Vendor(SoftProcessor cpu, uint lastLeaf, uint ebx, uint edx, uint ecx) =>
        Set(cpu, 0, 0, lastLeaf, ebx, ecx, edx);

    private static void Set(SoftProcessor cpu, uint leaf, uint subleaf, uint eax, uint ebx, uint ecx, uint edx) =>
        cpu.CpuidLeaves[(leaf, subleaf)] = new CpuidResult { Eax = eax, Ebx = ebx, Ecx = ecx, Edx = edx };
}
