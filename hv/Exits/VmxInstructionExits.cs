// VMCALL. A guest is shown a hypervisor (CPUID 40000000H), so the instruction is there; but no call is known, and RAX
// says so by the number that others use. A lesson may answer it instead. The other VMX instructions are #UD, for VMX is
// hidden. SDM 3C 28.1.2 Instructions That Cause VM Exits Unconditionally.
namespace MinusOne.Hv.Exits;

internal static unsafe class VmxInstructionExits
{
    private const ulong UnknownCall = unchecked((ulong)-1000);

    public static Verdict Short(Vcpu* vcpu)
    {
        Vm* vm = Vm.Of(vcpu);
        return vm->Filter != null ? Verdict.Refused : ShortPath.Done(vm, vcpu, ExitReason.Vmcall, Call(vcpu));
    }

    public static Verdict Call(Vcpu* vcpu)
    {
        vcpu->Registers.Rax = UnknownCall;
        return Verdict.Advance;
    }
}
