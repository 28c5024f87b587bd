// A guest that waits, and the end of a time slice. SDM 3C 26.4.2 (activity state), 26.5.1 VMX-Preemption Timer.

using MinusOne.Hv.Guests;
using MinusOne.Hv.Vmx;

namespace MinusOne.Hv.Exits;

internal static unsafe class IdleExits
{
    // With nothing on its way that could wake it, a halted guest has come to its end.
    public static Verdict Halt(Vm* vm, Vcpu* vcpu)
    {
        if (!vcpu->Events.IsEmpty)
        {
            return Verdict.Advance;
        }

        Instruction.Advance();
        return vm->EndWith(GuestEnd.Halted);
    }

    public static Verdict SliceEnded(Vm* vm, Vcpu* vcpu)
    {
        Vmcs.Write(Vmcs32.PreemptionTimerValue, vm->SliceTicks);
        return vcpu->Progress.SliceEnded(Vmcs.Read(VmcsNatural.GuestRip), Vm.MostIdleSlices)
            ? Verdict.Resume
            : vm->EndWith(GuestEnd.NoProgress);
    }
}
