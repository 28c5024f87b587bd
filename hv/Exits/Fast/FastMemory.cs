// The first access to a page of RAM whose table exists: a frame, an entry, and on. Other memory that instructions read
// or write may be a device's: FastDevices. Everything else about memory is rare.

namespace MinusOne.Hv.Exits.Fast;

internal static unsafe class FastMemory
{
    // Of the qualification: the rights that were wanted, those that there were, and an IRET that has unblocked NMIs.
    private const ulong Wanted = 7;
    private const ulong Special = (0xFUL << 3) | (1UL << 12);

    // And whether it was an instruction's operand: the linear address is valid, and its translation was over; no fetch.
    private const ulong Kind = (3UL << 7) | (1UL << 2);
    private const ulong Operand = 3UL << 7;

    public static FastAnswer Violation(Vcpu* vcpu)
    {
        Vm* vm = vcpu->Vm;
        ulong qualification = ExitFacts.Qualification;
        uint vectoring = ExitFacts.Interrupted.Raw;
        if ((qualification & Special) != 0 || (vectoring & InterruptionInformation.Valid) != 0)
        {
            return FastAnswer.Leave;
        }

        var address = ExitFacts.PhysicalAddress;
        return vm->Memory.TryMapPage(address, (PageRights)(qualification & Wanted))
            ? FastExits.Done(vm, vcpu, ExitReason.EptViolation, FastAnswer.Resume)
            : (qualification & Kind) == Operand ? FastAnswer.NeedsAll
            : FastAnswer.Leave;
    }
}
