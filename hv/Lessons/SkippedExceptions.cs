// An intercepted exception that a lesson has skipped: RIP moves behind the instruction, and the guest never hears of
// it. SDM 3C 29.2.2 Information for VM Exits Due to Vectored Events, 29.2.5 Information for VM Exits Due to Instruction
// Execution.

namespace MinusOne.Hv.Lessons;

internal static unsafe class SkippedExceptions
{
    private const int LongestInstruction = 15;

    // A fault leaves RIP at the instruction, and no length is given: the bytes tell.
    public static Verdict Skip(Vm* vm, Vcpu* vcpu, InterruptionInformation information)
    {
        uint length;
        if (information.HasInstructionLength)
        {
            length = ExitFacts.InstructionLength;
        }
        else if (!TryMeasure(vm, vcpu, out length, out Verdict refusal))
        {
            return refusal;
        }

        vcpu->Events.TakeFirst();
        InstructionEnd.Advance(length);
        return Verdict.Resume;
    }

    private static bool TryMeasure(Vm* vm, Vcpu* vcpu, out uint length, out Verdict refusal)
    {
        byte* bytes = stackalloc byte[LongestInstruction];
        var space = new GuestSpace(vm);
        DecodedInstruction decoded =
            InstructionDecoder.Decode(new ReadOnlySpan<byte>(bytes, space.Fetch(bytes)), space.Code);
        length = decoded.Length;
        refusal = length != 0 ? Verdict.Resume
            : decoded.Status == DecodeStatus.Truncated ? space.Trouble.Answer(vm, vcpu)
            : vm->EndWith(GuestEnd.Undecodable);
        return length != 0;
    }
}
