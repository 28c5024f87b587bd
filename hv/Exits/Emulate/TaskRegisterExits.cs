// LLDT, LTR, SLDT and STR, where a configuration wants to see them or UMIP is made of their exits: carried out in the
// guest's name. SDM 2A LLDT, LTR, 2B SLDT, STR; SDM 3A 3.5 System Descriptor Types. A stored selector's operand size is
// taken from the code segment, not from a prefix.
namespace MinusOne.Hv.Exits.Emulate;

internal static unsafe class TaskRegisterExits
{
    public const uint LocalTable = 2;
    public const uint Busy = 2;
    public const uint TableIndicator = 4;

    private const uint AvailableTask32 = 9;
    private const uint AvailableTask16 = 1;

    // The byte of the type in a descriptor.
    private const int TypeOffset = 5;

    public static Verdict Access(Vm* vm, Vcpu* vcpu)
    {
        var information = new TaskRegisterAccess(ExitFacts.Instruction);
        GuestSegment segment = information.IsOfTr ? GuestSegment.Tr : GuestSegment.Ldtr;
        return information.IsLoad
            ? Load(vm, vcpu, information, segment)
            : Store(vm, vcpu, information, GuestState.Selector(segment));
    }

    private static Verdict Store(Vm* vm, Vcpu* vcpu, TaskRegisterAccess information, ushort selector)
    {
        if (GuestMode.IsKept)
        {
            return Exceptions.GeneralProtection(vm, vcpu);
        }

        if (information.IsRegister)
        {
            bool isBig = GuestState.Rights(GuestSegment.Cs).IsDefaultBig;
            GuestMode.WriteRegister(vcpu, information.Register, selector, GuestMode.Is64Bit ? 8 : isBig ? 4 : 2);
            return Verdict.Advance;
        }

        if (!TryFind(vm, vcpu, information, isWrite: true, out GuestOperand operand, out Verdict refusal))
        {
            return refusal;
        }

        operand.Write(vm, selector);
        return Verdict.Advance;
    }

    private static Verdict Load(Vm* vm, Vcpu* vcpu, TaskRegisterAccess information, GuestSegment segment)
    {
        ushort selector = 0;
        if (information.IsRegister)
        {
            selector = (ushort)GuestMode.ReadRegister(vcpu, information.Register);
        }
        else if (TryFind(vm, vcpu, information, isWrite: false, out GuestOperand operand, out Verdict refusal))
        {
            selector = (ushort)operand.Read(vm);
        }
        else
        {
            return refusal;
        }

        if ((selector & ~3) != 0)
        {
            return LoadDescriptor(vm, vcpu, segment, selector);
        }

        if (segment == GuestSegment.Tr)
        {
            return Exceptions.GeneralProtection(vm, vcpu);
        }

        GuestState.SetSegment(
            segment, selector, GuestState.Base(segment), GuestState.Limit(segment), SegmentAccessRights.Unusable);
        return Verdict.Advance;
    }

    private static bool TryFind(
        Vm* vm, Vcpu* vcpu, TaskRegisterAccess information, bool isWrite, out GuestOperand operand,
        out Verdict refusal)
    {
        var space = new GuestSpace(vm);
        Gva address = InstructionOperand.Address(vcpu, in space, information.Operand);
        bool found = space.TryFind(information.Operand.Segment, address, 2, isWrite, out operand);
        DebugRegisters.Report(space.Met);
        refusal = found ? Verdict.Advance : space.Trouble.Answer(vm, vcpu);
        return found;
    }

    private static Verdict LoadDescriptor(Vm* vm, Vcpu* vcpu, GuestSegment segment, ushort selector)
    {
        bool isLong = (GuestState.Efer & Efer.LongModeActive) != 0;
        uint error = selector & 0xFFFCu;
        uint last = (selector | 7u) + (isLong ? 8u : 0);
        if ((selector & TableIndicator) != 0 || last > GuestState.Gdtr.Limit)
        {
            return Exceptions.Raise(vm, vcpu, ExceptionVector.GeneralProtection, error);
        }

        var space = new GuestSpace(vm);
        Gva address = new(GuestState.Gdtr.Base + (selector & ~7u));
        GuestOperand high = default;
        if (!space.TryFindDescriptor(address, 8, isWrite: false, out GuestOperand low)
            || (isLong && !space.TryFindDescriptor(address + 8, 8, isWrite: false, out high)))
        {
            return space.Trouble.Answer(vm, vcpu);
        }

        var descriptor = new SystemDescriptor(low.Read(vm), isLong ? high.Read(vm) : 0);
        SegmentAccessRights rights = descriptor.Rights;
        bool isTask = segment == GuestSegment.Tr;
        bool fits = isTask ? IsAvailableTask(rights.Type, isLong) : rights.Type == LocalTable;
        if (!fits || rights.IsCodeOrData || descriptor.IsBroken)
        {
            return Exceptions.Raise(vm, vcpu, ExceptionVector.GeneralProtection, error);
        }

        if (!rights.IsPresent)
        {
            return Exceptions.Raise(vm, vcpu, ExceptionVector.SegmentNotPresent, error);
        }

        uint raw = rights.Raw | (isTask ? Busy : 0);
        if (isTask && !TryWriteType(vm, ref space, address, raw))
        {
            return space.Trouble.Answer(vm, vcpu);
        }

        GuestState.SetSegment(segment, selector, descriptor.Base, descriptor.Limit, new SegmentAccessRights(raw));
        return Verdict.Advance;
    }

    private static bool IsAvailableTask(uint type, bool isLong) =>
        type == AvailableTask32 || (type == AvailableTask16 && !isLong);

    // A descriptor becomes busy, free or accessed.
    public static bool TryWriteType(Vm* vm, ref GuestSpace space, Gva descriptor, uint rights)
    {
        bool found = TryFindType(ref space, descriptor, out GuestOperand type);
        if (found)
        {
            type.Write(vm, rights);
        }

        return found;
    }

    public static bool TryFindType(ref GuestSpace space, Gva descriptor, out GuestOperand type) =>
        space.TryFindDescriptor(descriptor + TypeOffset, 1, isWrite: true, out type);
}
