// A device's memory on the short path: an instruction that was decoded before and is still the same (MemorySite). The
// exit stub asks here once FastExits has seen an access to memory that is no page to map, and has saved all general
// registers by then, for the instruction may name any of them.
// The processor found the operand and allowed the access before it looked at EPT, and says where it is: so nothing is
// translated again here. That the operand of the site's instruction is at that linear address is checked, for the bytes
// might have been changed since the processor fetched them; then the long way has to judge. Accessed and dirty flags of
// the operand's translation are as the processor has left them.

namespace MinusOne.Hv.Exits.Fast;

internal static unsafe class FastDevices
{
    private const ulong Accesses = 7;
    private const ulong Read = 1;
    private const ulong Write = 2;

    public static FastAnswer Access(Vcpu* vcpu)
    {
        Vm* vm = vcpu->Vm;
        ulong rip = GuestState.Rip;
        MemorySite* site = vcpu->Sites.At(rip);
        if (!site->IsStill(rip, vm->Memory.Changes) || !IsMeant(site, ref vcpu->Registers))
        {
            return FastAnswer.Leave;
        }

        // A single step, or blocking that ends: more than a new RIP.
        ulong rflags = (ulong)GuestState.Rflags;
        uint blocking = GuestState.Blocking.Raw;
        if ((rflags & (ulong)Rflags.Trap) != 0
            || (blocking & (InterruptibilityState.Sti | InterruptibilityState.MovSs)) != 0
            || !TryTransfer(vm, site, ref vcpu->Registers))
        {
            return FastAnswer.Leave;
        }

        GuestState.Rip = rip + site->Length;
        if ((rflags & (ulong)Rflags.Resume) != 0)
        {
            GuestState.Rflags = (Rflags)(rflags & ~(ulong)Rflags.Resume);
        }

        return vcpu->Events.Pending != EventKinds.None
            ? FastAnswer.ResumeInLoop
            : FastExits.Done(vm, vcpu, ExitReason.EptViolation, FastAnswer.ResumeAll);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsMeant(MemorySite* site, ref GuestRegisters registers) =>
        (ExitFacts.Qualification & Accesses) == (site->IsWrite ? Write : Read)
        && site->Address(ref registers) == ExitFacts.LinearAddress;

    // False: nothing was done.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryTransfer(Vm* vm, MemorySite* site, ref GuestRegisters registers)
    {
        var address = ExitFacts.PhysicalAddress;
        if ((address.Value & (site->Size - 1u)) != 0)
        {
            return false;
        }

        ref ulong register = ref registers[site->Register];
        if (site->IsWrite)
        {
            ulong value = site->Register == MemorySite.NoRegister ? site->Immediate : register;
            return HotBoard.TryWriteMemory(vm, address, site->Size, value);
        }

        return HotBoard.TryReadMemory(vm, address, site->Size, ref register);
    }
}
