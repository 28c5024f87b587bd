// EPT violations: memory that is mapped when it is first touched, and memory that a guest does not have. SDM 3C 28.2.1,
// table Exit Qualification for EPT Violations.

namespace MinusOne.Hv.Exits;

internal static unsafe class MemoryExits
{
    private const uint AccessBits = 7;

    public static Verdict Violation(Vm* vm, Vcpu* vcpu)
    {
        var qualification = new EptViolationQualification(ExitFacts.Qualification);
        var address = ExitFacts.PhysicalAddress;
        Injection.RecordInterruptedDelivery(ref vcpu->Events);
        if (qualification.NmiUnblockingDueToIret && !vcpu->Events.HasFirst)
        {
            BlockNmiAgain();
        }

        // Bits 2:0 of the qualification are the rights of an EPT entry that were wanted.
        var access = (PageRights)(qualification.Raw & AccessBits);
        switch (vm->Memory.Resolve(address, access))
        {
            case Resolution.Mapped:
                return Verdict.Resume;
            case Resolution.AlreadyMapped:
                return vcpu->Progress.Retried(GuestState.Rip, address.Value, ref vcpu->Registers)
                    ? Verdict.Resume
                    : vm->EndWith(GuestEnd.NoProgress, address, access);
            case Resolution.Device when IsOperand(qualification) && !vcpu->Events.HasFirst:
                return DeviceMemoryExits.Emulate(vm, vcpu, address, access);
            case Resolution resolution:
                return Refuse(vm, resolution, address, access);
        }
    }

    // The guest cannot have this memory.
    public static Verdict Refuse(Vm* vm, Resolution resolution, Gpa address, PageRights access)
    {
        bool isUsedUp = resolution is Resolution.QuotaExhausted or Resolution.OutOfFrames or Resolution.TablesExhausted;
        return vm->EndWith(isUsedUp ? GuestEnd.OutOfMemory : GuestEnd.IllegalAddress, address, access);
    }

    // Reading or writing is what the instruction is for: not fetching it, not a page walk.
    private static bool IsOperand(EptViolationQualification qualification) =>
        qualification.LinearAddressValid && qualification.IsFinalTranslation && !qualification.IsFetch;

    // An IRET had unblocked NMIs and is going to be executed again. SDM 3C 28.2.3 Information About NMI Unblocking Due
    // to IRET.
    private static void BlockNmiAgain()
    {
        var state = GuestState.Blocking;
        GuestState.Blocking = state.WithNmiBlocking(true);
    }
}
