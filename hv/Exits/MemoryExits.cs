// EPT violations: memory that is mapped when it is first touched, and memory that a guest does not have. SDM 3C 29.2.1,
// table Exit Qualification for EPT Violations.
namespace MinusOne.Hv.Exits;

internal static unsafe class MemoryExits
{
    // Bits of MemoryFault: the rights that were wanted, those that there were, and an IRET that has unblocked NMIs.
    private const ulong Wanted = 7;
    private const ulong Special = (0xFUL << 3) | (1UL << 12);

    // And whether it was an instruction's operand: the linear address is valid, and its translation was over; no fetch.
    private const ulong Kind = (3UL << 7) | (1UL << 2);
    private const ulong Operand = 3UL << 7;

    public static Verdict Short(Vcpu* vcpu) => Cpu.IsAmd ? Short<SvmExit>(vcpu) : Short<VmxExit>(vcpu);

    private static Verdict Short<TExit>(Vcpu* vcpu)
        where TExit : struct, IExitFacts
    {
        Vm* vm = Vm.Of(vcpu);
        ulong fault = TExit.Fault.Raw;
        if ((fault & Special) != 0 || TExit.IsDeliveryInterrupted)
        {
            return Verdict.Refused;
        }

        return vm->Memory.TryMapPage(TExit.PhysicalAddress, (PageRights)(fault & Wanted))
            ? ShortPath.Done(vm, vcpu, ExitReason.EptViolation, Verdict.Resume)
            : (fault & Kind) == Operand ? Verdict.AllRegisters
            : Verdict.Refused;
    }

    public static Verdict Violation(Vm* vm, Vcpu* vcpu)
    {
        MemoryFault fault = ExitFacts.Fault;
        var address = ExitFacts.PhysicalAddress;
        Injection.RecordInterruptedDelivery(vcpu);
        if (fault.NmiUnblockingDueToIret && !vcpu->Events.HasFirst)
        {
            // An IRET had unblocked NMIs and is going to be executed again. SDM 3C 29.2.3 Information About NMI
            // Unblocking Due to IRET.
            GuestState.Blocking = GuestState.Blocking.WithNmiBlocking(true);
        }

        var access = (PageRights)(fault.Raw & Wanted);
        switch (vm->Memory.Resolve(address, access))
        {
            case Resolution.Mapped: return Verdict.Resume;
            case Resolution.AlreadyMapped:
                return vcpu->Progress.Retried(GuestState.Rip, address.Value, ref vcpu->Registers)
                    ? Verdict.Resume
                    : vm->EndWith(GuestEnd.NoProgress, address, access);
            case Resolution.Device when IsOperand(fault) && !vcpu->Events.HasFirst:
                return DeviceMemoryExits.Emulate(vm, vcpu, address, access);
            case Resolution.Device or Resolution.IllegalAddress
                when vm->HasOpenBus && IsOperand(fault) && vcpu->Events.HasFirst && Backend.HasTimer(vcpu):
                return StandIn.Execute(vm, vcpu, address, access);
            case Resolution.IllegalAddress when vm->HasOpenBus:
                return TouchNothing(vm, vcpu, address, access, fault);
            case Resolution resolution: return Refuse(vm, resolution, address, access);
        }
    }

    // Memory that nobody has reads as all ones and ignores writes: an operand is a device's that is not there, an
    // instruction is none, and an entry of the guest's tables has reserved bits set.
    private static Verdict TouchNothing(Vm* vm, Vcpu* vcpu, Gpa address, PageRights access, MemoryFault fault)
    {
        if (IsOperand(fault))
        {
            return DeviceMemoryExits.Emulate(vm, vcpu, address, access);
        }

        if (fault.IsFinalTranslation)
        {
            return Exceptions.InvalidOpcode(vm, vcpu);
        }

        if (!ExitFacts.TellsLinearAddress)
        {
            // The processor knows for which address it walked: it finds all ones in the entry, and says so.
            return StandIn.Execute(vm, vcpu, address, access);
        }

        var space = new GuestSpace(vm);
        return fault.LinearAddressValid && !space.TryTranslate(new Gva(ExitFacts.LinearAddress))
            ? space.Trouble.Answer(vm, vcpu)
            : Refuse(vm, Resolution.IllegalAddress, address, access);
    }

    // The guest cannot have this memory.
    public static Verdict Refuse(Vm* vm, Resolution resolution, Gpa address, PageRights access)
    {
        bool isUsedUp = resolution is Resolution.QuotaExhausted or Resolution.OutOfFrames or Resolution.TablesExhausted;
        return vm->EndWith(isUsedUp ? GuestEnd.OutOfMemory : GuestEnd.IllegalAddress, address, access);
    }

    // Reading or writing is what the instruction is for: not fetching it, not a page walk.
    private static bool IsOperand(MemoryFault fault) =>
        fault.LinearAddressValid && fault.IsFinalTranslation && !fault.IsFetch;
}
