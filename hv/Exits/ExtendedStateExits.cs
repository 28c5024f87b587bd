// XSETBV always exits: a value that the processor would refuse must be refused here, or the host takes the #GP. SDM 2D
// XSETBV.

namespace MinusOne.Hv.Exits;

internal static unsafe class ExtendedStateExits
{
    public static Verdict SetRegister(Vm* vm, Vcpu* vcpu)
    {
        ref GuestRegisters registers = ref vcpu->Registers;
        var written = (XsaveStates)((registers.Rdx << 32) | (uint)registers.Rax);
        bool allowed = (uint)registers.Rcx == 0 && GuestMode.Cpl == 0
            && XsaveRules.IsAllowed(written, XsaveRules.Allowed)
            && Cpu.TryWriteXcr0((ulong)written);
        return allowed ? Verdict.Advance : Exceptions.GeneralProtection(vm, vcpu);
    }
}
