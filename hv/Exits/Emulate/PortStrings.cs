// INS and OUTS, with and without REP. SDM 2A INS/INSB/INSW/INSD, SDM 2B OUTS/OUTSB/OUTSW/OUTSD, SDM 3C 29.2.5
// Information for VM Exits Due to Instruction Execution. Registers are complete after every iteration, so that a fault,
// or an interrupt that is due, finds the rest of the instruction still to do. Segments and pages are checked here: this
// exit comes before those faults.
namespace MinusOne.Hv.Exits.Emulate;

internal static unsafe class PortStrings
{
    // Then the guest gets a chance to take interrupts.
    private const int MostIterations = 256;

    private const int LongestInstruction = 15;

    // A step or a breakpoint is reported behind each.
    public static int IterationsOf(in GuestSpace space) =>
        (space.Rflags & Rflags.Trap) != 0 || space.HasBreakpoints ? 1 : MostIterations;

    public static Verdict Transfer(Vm* vm, Vcpu* vcpu, PortAccess access)
    {
        var space = new GuestSpace(vm);
        if (!TryReadForm(vcpu, access, ref space, out int addressSize, out GuestSegment segment))
        {
            return space.Trouble.Answer(vm, vcpu);
        }

        ref GuestRegisters registers = ref vcpu->Registers;
        int index = access.IsIn ? RegisterOperand.Rdi : RegisterOperand.Rsi;
        ulong step = (space.Rflags & Rflags.Direction) != 0 ? 0 - (ulong)access.Size : (ulong)access.Size;
        ulong left = (ulong)IterationsOf(in space);
        ulong count = access.IsRepeated ? RegisterOperand.Read(ref registers, RegisterOperand.Rcx, addressSize) : 1;
        while (count != 0)
        {
            if (left == 0)
            {
                InstructionEnd.BetweenIterations(space.Met);
                return Verdict.Resume;
            }

            ulong offset = RegisterOperand.Read(ref registers, index, addressSize);
            Gva address = space.Linear(segment, offset);
            if (!space.TryFind(segment, address, access.Size, access.IsIn, out GuestOperand operand))
            {
                return space.Trouble.Answer(vm, vcpu);
            }

            // Segments have no limits there, and no pointer wraps within a page.
            ulong run = space.Code == CodeSize.Bits64 && addressSize == 8 ? operand.Run(address, (long)step < 0) : 1;
            ulong moved = Move(vm, access, ref operand, Math.Min(run, Math.Min(count, left)), step);
            space.Met |= DebugRegisters.Met(access);
            (left, count) = (left - moved, count - moved);
            RegisterOperand.Write(ref registers, index, addressSize, offset + (moved * step));
            KeepCount(ref registers, access, addressSize, count);
            if (vm->End != GuestEnd.None)
            {
                return Verdict.End;
            }
        }

        return DebugRegisters.Report(space.Met);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void KeepCount(ref GuestRegisters registers, PortAccess access, int addressSize, ulong count)
    {
        if (access.IsRepeated)
        {
            RegisterOperand.Write(ref registers, RegisterOperand.Rcx, addressSize, count);
        }
    }

    // How many were moved: the guest may end with each. A run goes to its device without a search for every element.
    private static ulong Move(Vm* vm, PortAccess access, ref GuestOperand operand, ulong run, ulong step)
    {
        int size = access.Size;
        BusRange* range = run > 1 ? vm->Board.Bus->Ports.Find(access.Port, size) : null;
        range = range != null && range->Clock == 0 ? range : null;
        uint offset = range != null ? range->Offset(access.Port) : 0;
        for (ulong moved = 1; ; moved++)
        {
            if (range == null)
            {
                Move(vm, access, in operand);
            }
            else if (access.IsIn)
            {
                operand.First.Write(vm, size, range->Read(range->Owner, offset, size));
            }
            else
            {
                range->Write(range->Owner, offset, size, operand.First.Read(vm, size));
            }

            if (moved == run || vm->End != GuestEnd.None)
            {
                return moved;
            }

            operand.First.Host += (long)step;
        }
    }

    private static void Move(Vm* vm, PortAccess access, in GuestOperand operand)
    {
        if (access.IsIn)
        {
            operand.Write(vm, vm->Board.In(access.Port, access.Size));
        }
        else
        {
            vm->Board.Out(access.Port, access.Size, (uint)operand.Read(vm));
        }
    }

    // Prefixes that the processor does not tell are read again.
    private static bool TryReadForm(
        Vcpu* vcpu, PortAccess access, ref GuestSpace space, out int addressSize, out GuestSegment segment)
    {
        if (Backend.TellsStringOperands(vcpu))
        {
            var information = new StringAccess(ExitFacts.Instruction);
            addressSize = 2 << (int)information.AddressSize;
            segment = access.IsIn ? GuestSegment.Es : information.Segment;
            return true;
        }

        byte* bytes = stackalloc byte[LongestInstruction];
        int count = space.Fetch(bytes);
        var reader = new InstructionReader(new ReadOnlySpan<byte>(bytes, count));
        Prefixes prefixes = Prefixes.Read(ref reader, space.Code);
        addressSize = prefixes.AddressSizeIn(space.Code);
        segment = access.IsIn ? GuestSegment.Es : prefixes.SegmentOr(GuestSegment.Ds);
        return reader.Status == DecodeStatus.Ok;
    }
}
