// VMX instructions in the guest. VMX is hidden from it, so each is #UD, as on a processor without; VMCALL too, unless a
// lesson answers it. SDM 3C 28.1.2 Instructions That Cause VM Exits Unconditionally.

namespace MinusOne.Hv.Exits;

internal static unsafe class VmxInstructionExits
{
    private const uint InvalidOpcode =
        InterruptionInformation.Valid | ((uint)InterruptionType.HardwareException << 8)
        | (uint)ExceptionVector.InvalidOpcode;

    // No event is pending and none was interrupted, or the short path would be closed; so there is nothing to combine
    // with and nothing to wait for.
    public static Verdict Short(Vcpu* vcpu)
    {
        Vm* vm = vcpu->Vm;
        if (vm->Filter != null)
        {
            return Verdict.Refused;
        }

        Backend.Inject(new InterruptionInformation(InvalidOpcode));
        vcpu->Injected++;
        return ShortPath.Done(vm, vcpu, ExitReason.Vmcall, Verdict.Resume);
    }

    public static Verdict Call(Vm* vm, Vcpu* vcpu) => Exceptions.InvalidOpcode(vm, vcpu);
}
