// VMCALL. A guest that is shown a hypervisor (CPUID 40000000H) has the instruction; KvmCalls.cs says which calls are
// known. A lesson may answer it instead. The other VMX instructions are #UD, for VMX is hidden, and so is this one
// where no hypervisor is shown. SDM 3C 28.1.2 Instructions That Cause VM Exits Unconditionally.
namespace MinusOne.Hv.Exits;

internal static unsafe class VmxInstructionExits
{
    public static Verdict Short(Vcpu* vcpu)
    {
        Vm* vm = Vm.Of(vcpu);
        if (vm->Filter != null || KvmCalls.IsKnown(ref vcpu->Registers) || vm->Board.Hypervisor == HypervisorKind.None)
        {
            return Verdict.Refused;
        }

        vcpu->Registers.Rax = KvmCalls.Unknown;
        return ShortPath.Done(vm, vcpu, ExitReason.Vmcall, Verdict.Advance);
    }

    public static Verdict Call(Vm* vm, Vcpu* vcpu)
    {
        ref GuestRegisters registers = ref vcpu->Registers;
        registers.Rax = KvmCalls.Answer(&vm->Board, ref registers, GuestMode.Is64Bit, GuestMode.Cpl);
        return Verdict.Advance;
    }
}
