// Which core a logical processor is part of, by the number of its local APIC: the bits above those of a core's threads.
// SDM 3A 9.9.3 Hierarchical Mapping of CPUID Extended Topology Leaf; AMD APM 3 E.4.16 Function 8000_001Eh.
using System.Numerics;

namespace MinusOne.Efi.Metal;

internal static class CoreNumber
{
    private const uint TopologyLeaf = 0xB, ExtendedLeaves = 0x8000_0000, AmdTopologyLeaf = 0x8000_001E;

    public static uint Of(uint apicId) => apicId >> ThreadBits;

    private static int ThreadBits
    {
        get
        {
            CpuidResult level = Cpu.Cpuid(0).Eax >= TopologyLeaf ? Cpu.Cpuid(TopologyLeaf) : default;
            if ((level.Ebx & 0xFFFF) != 0)
            {
                return (int)(level.Eax & 0x1F);
            }

            bool hasLeaf = Cpu.IsAmd && Cpu.Cpuid(ExtendedLeaves).Eax >= AmdTopologyLeaf;
            uint threads = hasLeaf ? (Cpu.Cpuid(AmdTopologyLeaf).Ebx >> 8 & 0xFF) + 1 : 1;
            return BitOperations.Log2((2 * threads) - 1);
        }
    }
}
