// CPUID. SDM 2A CPUID. The guest sees the processor without what it cannot have here, and that it is under a hypervisor.

using MinusOne.Hv.Vmx;
using MinusOne.Hv.X86;

namespace MinusOne.Hv.Exits;

internal static unsafe class CpuidExits
{
    private const uint VmxBit = 1u << 5;
    private const uint HypervisorBit = 1u << 31;

    public static Verdict Execute(Vm* vm, Vcpu* vcpu)
    {
        ref GuestRegisters registers = ref vcpu->Registers;
        uint leaf = (uint)registers.Rax;
        CpuidResult result;
        Cpu.Cpuid(leaf, (uint)registers.Rcx, &result);
        if (leaf == 1)
        {
            result.Ecx = (result.Ecx & ~VmxBit) | HypervisorBit;
        }

        registers.Rax = result.Eax;
        registers.Rbx = result.Ebx;
        registers.Rcx = result.Ecx;
        registers.Rdx = result.Edx;
        return Verdict.Advance;
    }
}
