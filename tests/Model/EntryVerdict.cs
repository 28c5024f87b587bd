// What the checks of a VM entry say: enter, fail as an instruction, or exit at once.
namespace MinusOne.Tests.Model;

internal sealed record EntryVerdict(InstructionError Error, ExitReason Reason, ulong Qualification, string Text)
{
    public static EntryVerdict Enter { get; } = new(InstructionError.None, 0, 0, null);

    public bool IsFailedExit => Error == InstructionError.None && Text != null;
}
