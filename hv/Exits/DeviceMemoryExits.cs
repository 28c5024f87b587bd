// An instruction that reached for a device's memory, which is never mapped: it is fetched, decoded and carried out
// here, with the device in memory's place. SDM 3C 30.3.3.2 EPT Violations. The exit gives no instruction length: the
// decoder's is used. What cannot be decoded ends the guest with the bytes in the log.

namespace MinusOne.Hv.Exits;

internal static unsafe class DeviceMemoryExits
{
    private const int LongestInstruction = 15;

    public static Verdict Emulate(Vm* vm, Vcpu* vcpu, Gpa address, PageRights access)
    {
        var space = new GuestSpace(vm);
        byte* bytes = stackalloc byte[LongestInstruction];
        var fetched = new ReadOnlySpan<byte>(bytes, space.Fetch(bytes));
        DecodedInstruction instruction = InstructionDecoder.Decode(fetched, space.Code);
        switch (instruction.Status)
        {
            case DecodeStatus.Ok:
                vcpu->Sites.At(space.Rip)->Note(in space, in instruction, vm->Memory.Changes);
                return Execute(vm, vcpu, ref space, in instruction);
            case DecodeStatus.Truncated:
                return space.Trouble.Answer(vm, vcpu);
            case DecodeStatus.TooLong:
                return Exceptions.GeneralProtection(vm, vcpu);
            case DecodeStatus.Invalid:
                return Exceptions.InvalidOpcode(vm, vcpu);
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
            GuestState.Rflags = (Rflags)((ulong)space.Rflags);
        }

        if (verdict != Verdict.Advance)
        {
            return verdict;
        }

        InstructionEnd.Advance(instruction.Length);
        return Verdict.Resume;
    }

    // Advance: the instruction is complete.
    private static Verdict Iterate(Vm* vm, Vcpu* vcpu, ref GuestSpace space, in DecodedInstruction instruction)
    {
        ref GuestRegisters registers = ref vcpu->Registers;
        int left = (space.Rflags & Rflags.Trap) != 0 ? 1 : PortStrings.MostIterations;
        while (!StringStep.IsOver(in instruction, ref registers))
        {
            if (left-- == 0)
            {
                InstructionEnd.BetweenIterations();
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
