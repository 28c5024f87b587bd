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

    public static ulong Now(Vcpu* vcpu) => Vm.Of(vcpu)->Board.GuestTsc(Cpu.ReadTsc()) + Backend.TscOffset(vcpu);

    // What moves the counter is added to IA32_TSC_ADJUST, and the other way round. SDM 3B 19.17.3 Time-Stamp Counter
    // Adjustment. Without an offset the guest has the processor's counter, and neither has an effect.
    public static void Set(Vm* vm, Vcpu* vcpu, ulong value) => Move(vm, vcpu, value - Now(vcpu));

    public static void Move(Vm* vm, Vcpu* vcpu, ulong ticks)
    {
        if (Backend.HasTscOffset(vcpu))
        {
            Backend.SetTscOffset(Backend.TscOffset(vcpu) + ticks);
            vcpu->TscAdjust += ticks;
            if (vm->Board.Apic->TscDeadline != 0)
            {
                // It comes at another time.
                ApicAccess.SetTscDeadline(&vm->Board, vm->Board.Apic->TscDeadline, Backend.TscOffset(vcpu));
            }
        }
    }
}
