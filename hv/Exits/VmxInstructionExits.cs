// VMX instructions in the guest. VMX is hidden from it, so each is #UD, as on a processor without; VMCALL too, unless
// the scene has it queue events. SDM 3C 28.1.2 Instructions That Cause VM Exits Unconditionally.

using MinusOne.Hv.Events;
using MinusOne.Hv.Guests;
using MinusOne.Hv.Vmx;
using MinusOne.Hv.X86;

namespace MinusOne.Hv.Exits;

internal static unsafe class VmxInstructionExits
{
    private const uint Reserved = 0x7FFF_F000;

    public static Verdict Call(Vm* vm, Vcpu* vcpu)
    {
        ref GuestRegisters registers = ref vcpu->Registers;
        var information = new InterruptionInformation((uint)registers.Rax);
        if ((vm->Scene->Flags & SceneFlags.InjectOnVmcall) == 0 || !information.IsValid
            || (information.Raw & Reserved) != 0)
        {
            return Exceptions.InvalidOpcode(vm, vcpu);
        }

        switch (information.Type)
        {
            case InterruptionType.ExternalInterrupt:
                vcpu->Events.PendExternal(information.Vector);
                return Verdict.Advance;
            case InterruptionType.Nmi:
                vcpu->Events.PendNmi();
                return Verdict.Advance;
            case InterruptionType.HardwareException:
                return Raise(vcpu, information, (uint)registers.Rdx, 0);
            case InterruptionType.SoftwareInterrupt:
            case InterruptionType.SoftwareException:
                return Raise(vcpu, information, 0, (uint)registers.Rcx & 15);
            default:
                return Exceptions.InvalidOpcode(vm, vcpu);
        }
    }

    private static Verdict Raise(Vcpu* vcpu, InterruptionInformation information, uint errorCode, uint length)
    {
        vcpu->Events.RaiseSoftware(new Event(information, errorCode, length));
        return Verdict.Advance;
    }
}
