// Instructions that raise an exception and nothing else: VMCALL, which no guest of ours is shown (unless its
// configuration wants events by it), is #UD, injected with the coming entry. No event is pending and none was
// interrupted, or the short path would be closed; so there is nothing to combine with and nothing to wait for.

namespace MinusOne.Hv.Exits.Fast;

internal static unsafe class FastFaults
{
    private const uint InvalidOpcode =
        InterruptionInformation.Valid | ((uint)InterruptionType.HardwareException << 8)
        | (uint)ExceptionVector.InvalidOpcode;

    public static FastAnswer Call(Vcpu* vcpu)
    {
        Vm* vm = vcpu->Vm;
        if ((vm->Config->Flags & VmFeatures.InjectOnVmcall) != 0)
        {
            return FastAnswer.Leave;
        }

        Backend.Inject(new InterruptionInformation(InvalidOpcode));
        vcpu->Injected++;
        return FastExits.Done(vm, vcpu, ExitReason.Vmcall, FastAnswer.Resume);
    }
}
