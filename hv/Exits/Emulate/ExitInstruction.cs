// The instruction that caused an exit, where the processor does not tell of it what the house has to know: AMD's do not
// tell operands, and some not the next RIP. Its bytes are fetched and read, as far as lengths and register operands
// go. AMD APM 2 15.7.1 State Saved on Exit, SDM 2 2.1 Instruction Format.
namespace MinusOne.Hv.Exits.Emulate;

internal unsafe struct ExitInstruction
{
    private const int LongestInstruction = 15;
    private const int ControlMoves = 0x0F20;
    private const int SystemGroup = 0x0F01;
    private const int LoadMachineStatus = 6;
    private const int Vmcall = 0xC1;

    private int _opcode;
    private int _modRm;
    private Prefixes _prefixes;
    private uint _length;
    private MemoryReference _memory;

    // VMCALL is an invalid opcode on processors of the other make.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ExitReason Reason(Vm* vm, ExitRecord* exit)
    {
        var reason = (ExitReason)(ushort)exit->Reason;
        if (reason == ExitReason.ExceptionOrNmi && Cpu.IsAmd && IsCall(vm))
        {
            reason = ExitReason.Vmcall;
            exit->Reason = (uint)reason;
        }

        return reason;
    }

    public static uint Length(Vm* vm)
    {
        uint told = ExitFacts.InstructionLength;
        return told != 0 ? told : Read(vm)._length;
    }

    // MOV to and from control registers, CLTS and LMSW. LOCK before MOV CR0 means CR8, for code without REX. AMD APM 3
    // MOV CRn.
    public static ControlRegisterAccess ControlRegister(Vm* vm)
    {
        ExitInstruction read = Read(vm);
        if ((read._opcode & ~3) != ControlMoves)
        {
            return new(read._opcode == SystemGroup && ((read._modRm >> 3) & 7) == LoadMachineStatus
                ? ((ulong)CrAccessType.Lmsw << 4) | ((ulong)read.Source(vm) << 16)
                : (ulong)CrAccessType.Clts << 4);
        }

        int register = ((read._modRm >> 3) & 7) | read._prefixes.RexR | (read._prefixes.Lock ? 8 : 0);
        int general = (read._modRm & 7) | read._prefixes.RexB;
        ulong type = (ulong)((read._opcode & 2) != 0 ? CrAccessType.MovToCr : CrAccessType.MovFromCr);
        return new((uint)register | (type << 4) | ((ulong)general << 8));
    }

    public static DebugRegisterAccess DebugRegister(Vm* vm)
    {
        ExitInstruction read = Read(vm);
        ulong isRead = (read._opcode & 2) != 0 ? 0UL : 1;
        int general = (read._modRm & 7) | read._prefixes.RexB;
        return new((uint)((read._modRm >> 3) & 7) | (isRead << 4) | ((ulong)general << 8));
    }

    // An exception that is a hypervisor call for Intel's processors: an invalid opcode on AMD's.
    private static bool IsCall(Vm* vm)
    {
        const uint TypeAndVector = 0x7FF;
        uint invalid = InterruptionInformation.HardwareException(ExceptionVector.InvalidOpcode, false).Raw;
        if ((ExitFacts.Event.Raw & (InterruptionInformation.Valid | TypeAndVector)) != invalid
            || ExitFacts.IsDeliveryInterrupted)
        {
            return false;
        }

        ExitInstruction read = Read(vm);
        return read._opcode == SystemGroup && read._modRm == Vmcall;
    }

    // The word that LMSW loads. Its exit comes behind the checks of the operand.
    private readonly ushort Source(Vm* vm)
    {
        if (!new ModRm((byte)_modRm).NamesMemory)
        {
            return (ushort)GuestMode.ReadRegister(vm->Vcpu, (_modRm & 7) | _prefixes.RexB);
        }

        var space = new GuestSpace(vm);
        DecodedInstruction instruction = default;
        instruction.Memory = _memory;
        instruction.Length = (byte)_length;
        instruction.AddressSize = (byte)_prefixes.AddressSizeIn(space.Code);
        instruction.Code = space.Code;
        vm->Vcpu->Registers.Rsp = GuestState.Rsp;
        Gva address = OperandAddress.OfMemory(in instruction, ref vm->Vcpu->Registers, in space.Bases, space.Rip);
        return space.TryFind(_memory.Segment, address, 2, isWrite: false, out GuestOperand operand)
            ? (ushort)operand.Read(vm) : (ushort)0;
    }

    // What cannot be fetched any more has no length.
    private static ExitInstruction Read(Vm* vm)
    {
        var space = new GuestSpace(vm);
        byte* bytes = stackalloc byte[LongestInstruction];
        int count = space.Fetch(bytes);
        var reader = new InstructionReader(new ReadOnlySpan<byte>(bytes, count));
        ExitInstruction read = default;
        read._prefixes = Prefixes.Read(ref reader, space.Code);
        read._opcode = reader.Next();
        if (read._opcode == 0x0F)
        {
            read._opcode = 0x0F00 | reader.Next();
        }

        read.ReadOperands(ref reader, space.Code);
        read._length = reader.Status == DecodeStatus.Ok ? (uint)reader.Position : 0;
        return read;
    }

    private void ReadOperands(ref InstructionReader reader, CodeSize code)
    {
        switch (_opcode)
        {
            case 0xCD:
                reader.Next();
                break;
            case 0x9A or 0xEA:
                reader.Number(Math.Min(4, _prefixes.OperandSizeIn(code)));
                reader.Number(2);
                break;
            case 0xFF or 0x0F00 or 0x0F01 or (>= 0x0F20 and <= 0x0F23) or 0x0F18:
                _modRm = reader.Next();
                var modRm = new ModRm((byte)_modRm);
                if (modRm.NamesMemory && (_opcode & ~3) != ControlMoves)
                {
                    _memory = modRm.ReadMemory(ref reader, _prefixes.AddressSizeIn(code), in _prefixes, code);
                }

                break;
        }
    }
}
