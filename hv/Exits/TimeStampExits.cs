// The guest's time-stamp counter: the processor's plus an offset of the VMCS. SDM 3C 26.6.5 Time-Stamp Counter Offset
// and Multiplier. RDTSC and RDTSCP exit only where a configuration wants it; what they answer is the same then.

namespace MinusOne.Hv.Exits;

internal static unsafe class TimeStampExits
{
    public static Verdict Read(Vcpu* vcpu)
    {
        ulong now = Now(vcpu);
        vcpu->Registers.Rax = (uint)now;
        vcpu->Registers.Rdx = now >> 32;
        return Verdict.Advance;
    }

    // RDTSCP: the counter, and IA32_TSC_AUX in ECX.
    public static Verdict ReadWithAux(Vcpu* vcpu)
    {
        ulong aux = 0;
        Cpu.TryReadMsr((uint)Msr.TscAux, &aux);
        vcpu->Registers.Rcx = (uint)aux;
        return Read(vcpu);
    }

    public static ulong Now(Vcpu* vcpu) => Cpu.ReadTsc() + Backend.TscOffset(vcpu);

    // Without an offset the guest has the processor's counter, and writing it has no effect.
    public static void Set(Vcpu* vcpu, ulong value)
    {
        if (Backend.HasTscOffset(vcpu))
        {
            Backend.SetTscOffset(value - Cpu.ReadTsc());
        }
    }
}
