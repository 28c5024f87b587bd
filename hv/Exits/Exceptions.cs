// Exceptions that a guest gets for what it did: the instruction is not carried out, RIP stays. One that comes while
// another is being delivered may turn into a double fault, or end the guest: triple fault.

namespace MinusOne.Hv.Exits;

internal static unsafe class Exceptions
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Verdict Raise(Vm* vm, Vcpu* vcpu, ExceptionVector vector, uint errorCode = 0) =>
        vcpu->Events.TryRaise(vector, errorCode) ? Verdict.Resume : vm->EndWith(GuestEnd.TripleFault);

    public static Verdict GeneralProtection(Vm* vm, Vcpu* vcpu) => Raise(vm, vcpu, ExceptionVector.GeneralProtection);

    public static Verdict InvalidOpcode(Vm* vm, Vcpu* vcpu) => Raise(vm, vcpu, ExceptionVector.InvalidOpcode);

    public static Verdict PageFault(Vm* vm, Vcpu* vcpu, Gva address, PageFaultError errorCode)
    {
        Cpu.WriteCr2(address.Value);
        return Raise(vm, vcpu, ExceptionVector.PageFault, (uint)errorCode);
    }
}
