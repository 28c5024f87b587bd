// Every exit arrives here and goes to one handler. SDM 3D Appendix C. What has no handler is loud and final: the guest ends with
// a report, the hypervisor lives.

using MinusOne.Hv.Guests;
using MinusOne.Hv.Vmx;

namespace MinusOne.Hv.Exits;

internal static unsafe class Dispatch
{
    public static Verdict Handle(Vm* vm, Vcpu* vcpu, ExitReason reason)
    {
        switch (reason)
        {
            case ExitReason.EptViolation: return MemoryExits.Violation(vm, vcpu);
            case ExitReason.IoInstruction: return PortExits.Access(vm, vcpu);
            case ExitReason.Cpuid: return CpuidExits.Execute(vm, vcpu);
            case ExitReason.Hlt: return IdleExits.Halt(vm, vcpu);
            case ExitReason.PreemptionTimerExpired: return IdleExits.SliceEnded(vm, vcpu);
            case ExitReason.InterruptWindow: return Verdict.Resume;
            case ExitReason.NmiWindow: return Verdict.Resume;
            case ExitReason.Xsetbv: return ExtendedStateExits.SetRegister(vm, vcpu);
            case ExitReason.ControlRegisterAccess: return ControlRegisterExits.Access(vm, vcpu);
            case ExitReason.Rdmsr: return MsrExits.Read(vm, vcpu);
            case ExitReason.Wrmsr: return MsrExits.Write(vm, vcpu);
            case ExitReason.TripleFault: return vm->EndWith(GuestEnd.TripleFault);
            default: return vm->EndWith(GuestEnd.UnhandledExit);
        }
    }
}
