// What a chain of faults has begun with, as far as it can be seen afterwards: told by the processor, or read from the
// instruction at RIP and the tables that its accesses go through.
namespace MinusOne.Hv.Report;

internal enum FirstFaultBasis : byte
{
    // Nothing is known; general protection stands for it.
    Assumed,
    Instruction,
    Told,
}

internal unsafe struct FirstFault
{
    private const int LongestInstruction = 15;

    public FirstFaultBasis Basis;
    public byte Vector;

    // An interrupt or INT n, which no fault makes a double one of.
    public bool IsInterrupt;
    public bool HasAddress;
    public Gva Address;

    public static FirstFault Of(Vm* vm, Vcpu* vcpu, ref GuestLook look)
    {
        if (ExitFacts.IsDeliveryInterrupted)
        {
            InterruptionInformation told = ExitFacts.InterruptedDelivery.Information;
            return new()
            {
                Basis = FirstFaultBasis.Told,
                Vector = told.Vector,
                IsInterrupt = told.Type != InterruptionType.HardwareException,
            };
        }

        byte* bytes = stackalloc byte[LongestInstruction];
        int had = look.Read(GuestLook.AtRip, new Span<byte>(bytes, LongestInstruction), out LookStatus status);
        return had == 0
            ? status == LookStatus.PageFault ? At(ExceptionVector.PageFault, GuestLook.AtRip)
                : Seen(ExceptionVector.GeneralProtection)
            : OfInstruction(vm, vcpu, ref look, new ReadOnlySpan<byte>(bytes, had));
    }

    private static FirstFault OfInstruction(Vm* vm, Vcpu* vcpu, ref GuestLook look, ReadOnlySpan<byte> bytes)
    {
        DecodedInstruction instruction = InstructionDecoder.Decode(bytes, GuestLook.Code);
        int opcode = InstructionName.OpcodeOf(bytes, GuestLook.Code, out int operand);
        switch (opcode)
        {
            case 0xCC: return Seen(ExceptionVector.Breakpoint, isInterrupt: true);
            case 0xCD: return Seen((ExceptionVector)operand, isInterrupt: true);
            case 0xF1: return Seen(ExceptionVector.Debug);
            case 0x0F0B or 0x0FB9 or 0x0FFF: return Seen(ExceptionVector.InvalidOpcode);
        }

        if (instruction.Status == DecodeStatus.Invalid)
        {
            return Seen(ExceptionVector.InvalidOpcode);
        }

        GuestAccess access = GuestMode.Cpl == 3 ? GuestAccess.Probe | GuestAccess.User : GuestLook.Kernel;
        if (instruction.Status == DecodeStatus.Ok)
        {
            var space = new GuestSpace(vm);
            vcpu->Registers.Rsp = GuestState.Rsp;
            Gva at = OperandAddress.OfMemory(in instruction, ref vcpu->Registers, in space.Bases, GuestState.Rip);
            access |= instruction.Writes ? GuestAccess.Write : 0;
            return OfAccess(ref look, at, access);
        }

        // PUSH and CALL write below the top of the stack, POP and RET read at it.
        ulong top = GuestState.Base(GuestSegment.Ss) + GuestState.Rsp;
        return InstructionName.Pushes(opcode, operand) ? OfAccess(ref look, new(top - 1), access | GuestAccess.Write)
            : InstructionName.Pops(opcode) ? OfAccess(ref look, new(top), access)
            : Unknown();
    }

    private static FirstFault OfAccess(ref GuestLook look, Gva at, GuestAccess access) =>
        look.At(GuestLook.Linear(at.Value), access, out _) switch
        {
            LookStatus.PageFault => At(ExceptionVector.PageFault, at),
            LookStatus.NotCanonical => Seen(ExceptionVector.GeneralProtection),
            _ => Unknown(),
        };

    private static FirstFault At(ExceptionVector vector, Gva address) => new()
    {
        Basis = FirstFaultBasis.Instruction,
        Vector = (byte)vector,
        HasAddress = true,
        Address = address,
    };

    private static FirstFault Seen(ExceptionVector vector, bool isInterrupt = false) =>
        new() { Basis = FirstFaultBasis.Instruction, Vector = (byte)vector, IsInterrupt = isInterrupt };

    private static FirstFault Unknown() => new() { Vector = (byte)ExceptionVector.GeneralProtection };
}
