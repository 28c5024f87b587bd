// The memory operand of an instruction that exited with instruction information: the information names the
// registers and the segment, the exit qualification is the displacement (with RIP in it where the operand is relative
// to RIP). SDM 3C 29.2.5 Information for VM Exits Due to Instruction Execution.

namespace MinusOne.Hv.Exits.Emulate.Space;

internal static unsafe class InstructionOperand
{
    public static Gva Address(Vcpu* vcpu, in GuestSpace space, ExitOperand operand)
    {
        ulong offset = ExitFacts.Displacement;
        if (operand.HasBase)
        {
            offset += GuestMode.ReadRegister(vcpu, operand.BaseRegister);
        }

        if (operand.HasIndex)
        {
            offset += GuestMode.ReadRegister(vcpu, operand.IndexRegister) << operand.ScaleShift;
        }

        offset = operand.AddressSize switch
        {
            AddressSize.Bits16 => (ushort)offset,
            AddressSize.Bits32 => (uint)offset,
            _ => offset,
        };
        return space.Linear(operand.Segment, offset);
    }
}
