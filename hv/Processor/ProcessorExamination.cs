// What the processor says it is: CPUID only, so it can be asked on any x86-64. SDM 2A CPUID.
namespace MinusOne.Hv.Processor;

internal struct ProcessorExamination
{
    public CpuidResult VendorLeaf;
    public CpuidResult Features;
    public int PhysicalAddressBits;
    public bool HasPages1G;

    public static ProcessorExamination Read() => new()
    {
        VendorLeaf = Cpu.Cpuid(0),
        Features = Cpu.Cpuid(1),
        PhysicalAddressBits = (byte)RegisterLimits.AddressSizes,
        HasPages1G = (Cpu.Cpuid(0x8000_0001).Edx & (1u << 26)) != 0,
    };

    // "GenuineIntel" in the registers' own order: EBX, EDX, ECX.
    public readonly bool IsIntel =>
        VendorLeaf.Ebx == 0x756E_6547 && VendorLeaf.Edx == 0x4965_6E69 && VendorLeaf.Ecx == 0x6C65_746E;

    // "AuthenticAMD", and Hygon's licence of it, "HygonGenuine".
    public readonly bool IsAmd =>
        (VendorLeaf.Ebx == 0x6874_7541 && VendorLeaf.Edx == 0x6974_6E65 && VendorLeaf.Ecx == 0x444D_4163)
        || (VendorLeaf.Ebx == 0x6F67_7948 && VendorLeaf.Edx == 0x6E65_476E && VendorLeaf.Ecx == 0x656E_6975);

    public readonly bool HasVmx => (Features.Ecx & (1u << 5)) != 0;
    public readonly bool UnderHypervisor => (Features.Ecx & (1u << 31)) != 0;
    public readonly uint Family => BaseFamily == 0xF ? 0xF + ((Signature >> 20) & 0xFF) : BaseFamily;
    public readonly uint Model => ((Signature >> 4) & 0xF) | (BaseFamily is 6 or 0xF ? (Signature >> 12) & 0xF0 : 0);
    public readonly uint Stepping => Signature & 0xF;
    private readonly uint Signature => Features.Eax;
    private readonly uint BaseFamily => (Signature >> 8) & 0xF;
}
