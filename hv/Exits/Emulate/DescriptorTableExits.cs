// LGDT, LIDT, SGDT and SIDT, where a configuration wants to see them or UMIP is made of their exits: carried out in the
// guest's name. SDM 3C 26.6.2 (descriptor-table exiting), SDM 2A LGDT/LIDT, 2B SGDT. Privilege has been checked by the
// processor before the exit, but for UMIP's.
namespace MinusOne.Hv.Exits.Emulate;

internal static unsafe class DescriptorTableExits
{
    private const int LimitBytes = 2;
    private const ulong Base24 = 0xFF_FFFF;

    public static Verdict Access(Vm* vm, Vcpu* vcpu)
    {
        var information = new DescriptorTableAccess(ExitFacts.Instruction);
        bool global = !information.IsOfIdtr, stores = !information.IsLoad;
        if (stores && GuestMode.IsKept)
        {
            return Exceptions.GeneralProtection(vm, vcpu);
        }

        DescriptorTable table = global ? GuestState.Gdtr : GuestState.Idtr;
        var space = new GuestSpace(vm);
        bool is64Bit = space.Code == CodeSize.Bits64;
        GuestSegment segment = information.Operand.Segment;
        Gva first = InstructionOperand.Address(vcpu, in space, information.Operand);
        Gva second = space.Next(first, LimitBytes);
        if (!space.TryFind(segment, first, LimitBytes, stores, out GuestOperand limit)
            || !space.TryFind(segment, second, is64Bit ? 8 : 4, stores, out GuestOperand start))
        {
            return space.Trouble.Answer(vm, vcpu);
        }

        if (stores)
        {
            limit.Write(vm, table.Limit);
            start.Write(vm, table.Base);
            return DebugRegisters.Report(space.Met);
        }

        DebugRegisters.Report(space.Met);
        ulong address = start.Read(vm) & (is64Bit || information.Is32Bit ? ulong.MaxValue : Base24);
        return Load(vm, vcpu, global, address, (ushort)limit.Read(vm));
    }

    private static Verdict Load(Vm* vm, Vcpu* vcpu, bool global, ulong address, ushort limit)
    {
        if (!RegisterLimits.IsCanonical(address, 48))
        {
            return Exceptions.GeneralProtection(vm, vcpu);
        }

        var table = new DescriptorTable(address, limit);
        if (global)
        {
            GuestState.Gdtr = table;
        }
        else
        {
            GuestState.Idtr = table;
        }

        return Verdict.Advance;
    }
}
