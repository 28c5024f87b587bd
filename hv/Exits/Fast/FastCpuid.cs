// CPUID from the table of this guest's prepared leaves.

namespace MinusOne.Hv.Exits.Fast;

internal static unsafe class FastCpuid
{
    public static FastAnswer Answer(Vcpu* vcpu)
    {
        uint row = PreparedLeaves.RowOf((uint)vcpu->Registers.Rax);
        if (row >= PreparedLeaves.Rows || (vcpu->Leaves.Known & (1UL << (int)row)) == 0)
        {
            return FastAnswer.Leave;
        }

        CpuidResult* leaf = vcpu->Leaves.At(row);
        vcpu->Registers.Rax = leaf->Eax;
        vcpu->Registers.Rbx = leaf->Ebx;
        vcpu->Registers.Rcx = leaf->Ecx;
        vcpu->Registers.Rdx = leaf->Edx;
        return FastExits.Done(vcpu->Vm, vcpu, ExitReason.Cpuid, FastAnswer.Advance);
    }
}
