// An instruction that reached for a device's memory, which is never mapped: it is fetched, decoded and carried out
// here, with the device in memory's place. SDM 3C 30.3.3.2 EPT Violations. The exit gives no instruction length: the
// decoder's is used. What is not emulated the processor does itself (StandIn); for learners that is the guest's end,
// with the bytes in the log.
// Short half: an instruction that was decoded before and is still the same (MemorySite). The exit stub asks here once
// ShortPath has seen an access to memory that is no page to map, and has saved all general registers by then, for the
// instruction may name any of them. The processor found the operand and allowed the access before it looked at EPT, and
// says where it is: so nothing is translated again here. It is checked that the operand of the site's instruction is
// there, for the bytes might have changed since they were fetched; then the long way has to judge. Accessed and dirty
// flags of the operand's translation are as the processor has left them.
namespace MinusOne.Hv.Exits.Emulate;

internal static unsafe class DeviceMemoryExits
{
    private const int LongestInstruction = 15;
    private const ulong Accesses = 7;
    private const ulong PageOffset = 0xFFF;
    private const ulong Read = 1;
    private const ulong Write = 2;

    // A dozen questions: compiled for each backend, so that the branch of the door is taken once.
    public static Verdict Short(Vcpu* vcpu) =>
        Cpu.IsAmd ? Short<SvmState, SvmExit>(vcpu) : Short<VmxState, VmxExit>(vcpu);

    private static Verdict Short<TState, TExit>(Vcpu* vcpu)
        where TState : struct, IGuestState
        where TExit : struct, IExitFacts
    {
        Vm* vm = Vm.Of(vcpu);
        ulong rip = TState.Rip;
        MemorySite* site = ExitMemory.Of(vcpu)->Sites.At(rip);
        if (!site->IsStill<TState>(rip, vm->Memory.Changes) || !IsMeant<TExit>(site, ref vcpu->Registers))
        {
            return Verdict.Refused;
        }

        // A single step, breakpoints, or blocking that ends: more than a new RIP.
        ulong rflags = (ulong)TState.Rflags;
        uint blocking = TState.Blocking.Raw;
        if ((rflags & (ulong)Rflags.Trap) != 0 || (TState.Dr7 & DebugRegisters.AnyEnabled) != 0
            || (blocking & (InterruptibilityState.Sti | InterruptibilityState.MovSs)) != 0
            || !TryTransfer(vm, site, TExit.PhysicalAddress, ref vcpu->Registers))
        {
            return Verdict.Refused;
        }

        TState.Rip = rip + site->Length;
        if ((rflags & (ulong)Rflags.Resume) != 0)
        {
            TState.Rflags = (Rflags)(rflags & ~(ulong)Rflags.Resume);
        }

        return vcpu->Events.Pending != EventKinds.None
            ? Verdict.ResumeInLoop
            : ShortPath.Done(vm, vcpu, ExitReason.EptViolation, Verdict.ResumeAll);
    }

    // Where the linear address is not told, the place in the page has to be the operand's.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsMeant<TExit>(MemorySite* site, ref GuestRegisters registers)
        where TExit : struct, IExitFacts =>
        (TExit.Fault.Raw & Accesses) == (site->IsWrite ? Write : Read)
        && (TExit.TellsLinearAddress ? site->Address(ref registers) == TExit.LinearAddress
            : ((site->Address(ref registers) ^ TExit.PhysicalAddress.Value) & PageOffset) == 0);

    // False: nothing was done.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryTransfer(Vm* vm, MemorySite* site, Gpa address, ref GuestRegisters registers)
    {
        if ((address.Value & (site->Size - 1u)) != 0)
        {
            return false;
        }

        ref ulong register = ref registers[site->Register];
        if (site->IsWrite)
        {
            ulong value = site->Register == MemorySite.NoRegister ? site->Immediate : register;
            return TryWrite(&vm->Board, address, site->Size, value);
        }

        return TryRead(&vm->Board, address, site->Size, ref register);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryRead(Board* board, Gpa address, int bytes, ref ulong value)
    {
        switch (Find(board, address, out uint offset))
        {
            case ShortChip.LocalApic when bytes == 4:
                value = ApicAccess.ReadMemory(board, offset, 4);
                return true;
            case ShortChip.Hpet when offset < HpetAccess.Bytes:
                value = board->Hpet.Read(offset, bytes, board->Now);
                return true;
            default: return false;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryWrite(Board* board, Gpa address, int bytes, ulong value)
    {
        switch (Find(board, address, out uint offset))
        {
            case ShortChip.LocalApic when bytes == 4:
                ApicAccess.WriteMemory(board, offset, 4, (uint)value);
                return true;
            case ShortChip.Hpet when offset < HpetAccess.Bytes:
                HpetAccess.WriteShort(board, offset, bytes, bytes == 4 ? (uint)value : value);
                return true;
            default: return false;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ShortChip Find(Board* board, Gpa address, out uint offset)
    {
        ulong page = address.Value >> 12;
        ulong place = BusRanges.FindShort(board->ShortPages, page);
        offset = (ushort)(place >> BusRanges.OffsetShift) + (uint)(address.Value & 0xFFF);
        return BusRanges.IsFor(place, page) ? (ShortChip)place : ShortChip.None;
    }

    public static Verdict Emulate(Vm* vm, Vcpu* vcpu, Gpa address, PageRights access)
    {
        var space = new GuestSpace(vm);
        byte* bytes = stackalloc byte[LongestInstruction];
        var fetched = new ReadOnlySpan<byte>(bytes, space.Fetch(bytes));
        DecodedInstruction instruction = InstructionDecoder.Decode(fetched, space.Code);
        switch (instruction.Status)
        {
            case DecodeStatus.Ok:
                ExitMemory.Of(vcpu)->Sites.At(space.Rip)->Note(in space, in instruction, vm->Memory.Changes);
                return Execute(vm, vcpu, ref space, in instruction);
            case DecodeStatus.Truncated: return space.Trouble.Answer(vm, vcpu);
            case DecodeStatus.TooLong: return Exceptions.GeneralProtection(vm, vcpu);
            case DecodeStatus.Invalid: return Exceptions.InvalidOpcode(vm, vcpu);
            case DecodeStatus.Unsupported when vm->HasOpenBus && Backend.HasTimer(vcpu):
                return StandIn.Execute(vm, vcpu, address, access);
            default:
                Writer line = Writer.Log.Text("cannot emulate at RIP "u8).Hex(space.Rip).Text(": "u8);
                Disassembly.Write(line, in instruction, fetched).EndLine();
                return vm->EndWith(GuestEnd.Undecodable, address, access);
        }
    }

    // RSP stands in the VMCS; the registers have it while an instruction is being carried out.
    private static Verdict Execute(Vm* vm, Vcpu* vcpu, ref GuestSpace space, in DecodedInstruction instruction)
    {
        ulong rsp = GuestState.Rsp;
        Rflags rflags = space.Rflags;
        vcpu->Registers.Rsp = rsp;
        Verdict verdict = Iterate(vm, vcpu, ref space, in instruction);
        if (vcpu->Registers.Rsp != rsp)
        {
            GuestState.Rsp = vcpu->Registers.Rsp;
        }

        if (space.Rflags != rflags)
        {
            GuestState.Rflags = space.Rflags;
        }

        if (verdict != Verdict.Advance)
        {
            return verdict;
        }

        InstructionEnd.Advance(instruction.Length);
        DebugRegisters.Report(space.Met);
        return Verdict.Resume;
    }

    // Advance: the instruction is complete.
    private static Verdict Iterate(Vm* vm, Vcpu* vcpu, ref GuestSpace space, in DecodedInstruction instruction)
    {
        ref GuestRegisters registers = ref vcpu->Registers;
        int left = PortStrings.IterationsOf(in space);
        while (!StringStep.IsOver(in instruction, ref registers))
        {
            if (left-- == 0)
            {
                InstructionEnd.BetweenIterations(space.Met);
                space.Rflags |= Rflags.Resume;
                return Verdict.Resume;
            }

            if (!TryStep(vm, ref space, ref registers, in instruction))
            {
                return space.Trouble.Answer(vm, vcpu);
            }

            bool isComplete = StringStep.Advance(in instruction, ref registers, space.Rflags);
            if (vm->End != GuestEnd.None)
            {
                return Verdict.End;
            }

            if (isComplete)
            {
                break;
            }
        }

        return Verdict.Advance;
    }

    // Every operand is found before any is touched.
    private static bool TryStep(
        Vm* vm, ref GuestSpace space, ref GuestRegisters registers, in DecodedInstruction instruction)
    {
        int size = instruction.MemorySize;
        GuestOperand source = default;
        Gva address = OperandAddress.OfMemory(in instruction, ref registers, in space.Bases, space.Rip);
        if (instruction.ReadsSource)
        {
            Gva sourceAddress = OperandAddress.OfSource(in instruction, ref registers, in space.Bases);
            if (!space.TryFind(instruction.SourceSegment, sourceAddress, size, isWrite: false, out source))
            {
                return false;
            }
        }

        if (!space.TryFind(instruction.Memory.Segment, address, size, instruction.Writes, out GuestOperand operand))
        {
            return false;
        }

        ulong second = instruction.ReadsSource ? source.Read(vm) : 0;
        ulong first = instruction.Reads ? operand.Read(vm) : 0;
        ulong result = Execution.Execute(in instruction, ref registers, ref space.Rflags, first, second);
        if (instruction.Writes)
        {
            operand.Write(vm, result);
        }

        return true;
    }
}
