// What the processor says it is: CPUID only, so it can be asked on any x86-64. SDM 2A CPUID.

namespace MinusOne.Hv.Vmx;

internal unsafe struct ProcessorExamination
{
    public CpuidResult VendorLeaf;
    public CpuidResult Features;
    public uint Signature;
    public int PhysicalAddressBits;
    public bool HasPages1G;

    public static ProcessorExamination Read()
    {
        ProcessorExamination processor = default;
        CpuidResult extended;
        Cpu.Cpuid(0, 0, &processor.VendorLeaf);
        Cpu.Cpuid(1, 0, &processor.Features);
        processor.Signature = processor.Features.Eax;
        processor.PhysicalAddressBits = 36;
        Cpu.Cpuid(0x8000_0000, 0, &extended);
        uint last = extended.Eax;
        if (last is >= 0x8000_0001 and < 0x8001_0000)
        {
            Cpu.Cpuid(0x8000_0001, 0, &extended);
            processor.HasPages1G = (extended.Edx & (1u << 26)) != 0;
        }

        if (last is >= 0x8000_0008 and < 0x8001_0000)
        {
            Cpu.Cpuid(0x8000_0008, 0, &extended);
            processor.PhysicalAddressBits = (int)(extended.Eax & 0xFF);
        }

        return processor;
    }

    // "GenuineIntel" in the registers' own order: EBX, EDX, ECX.
    public readonly bool IsIntel =>
        VendorLeaf.Ebx == 0x756E_6547 && VendorLeaf.Edx == 0x4965_6E69 && VendorLeaf.Ecx == 0x6C65_746E;

    public readonly bool HasVmx => (Features.Ecx & (1u << 5)) != 0;

    public readonly bool UnderHypervisor => (Features.Ecx & (1u << 31)) != 0;

    public readonly uint Family
    {
        get
        {
            uint family = (Signature >> 8) & 0xF;
            return family == 0xF ? family + ((Signature >> 20) & 0xFF) : family;
        }
    }

    public readonly uint Model
    {
        get
        {
            uint family = (Signature >> 8) & 0xF;
            uint model = (Signature >> 4) & 0xF;
            return family is 6 or 0xF ? model | ((Signature >> 12) & 0xF0) : model;
        }
    }

    public readonly uint Stepping => Signature & 0xF;
}
