// A guest that means harm: privileged and VMX instructions, all ports, MSRs, control and debug registers, wild
// addresses, selectors of nothing, broken gates, events, and instructions on device memory that were written a moment
// before and may cross a page, at random from a seed, in all modes. It counts what answered, and destroys itself. What
// it jumps to may be its own beginning, which is an answer like others, or a loop: then its time ends it. SDM 3C 27.1
// Instructions That Cause VM Exits.

using MinusOne.Guests.Kit;

namespace MinusOne.Guests.Demos;

internal static class Hostile
{
    public static Guest Guest { get; } = new(
        "hostile", "", "whatever a guest may think of, at random; at its end a triple fault",
        [
            Tries("64-bit code, in ring 0 and 3", Start.Long(HostileLong.Body)),
            Tries("32-bit code", Start.Protected(HostileNarrow.Body)),
            Tries("16-bit code", Start.Real(HostileNarrow.Body)),
            .. HostileEnds.Configs,
        ]);

    private static GuestConfig Tries(string title, GuestImage image) => new(image)
    {
        Title = title,
        MemoryBytes = 0x20_0000,
        Lesson = LessonFeatures.SeedInRegisters | LessonFeatures.ResumeAfterHalt | LessonFeatures.InjectOnVmcall
            | LessonFeatures.MayRunOut,
        Milliseconds = 10_000,
        Devices = LessonDevices.Scratch,
        End = GuestEnd.TripleFault,
        Exits =
        [
            Exit.Times(ExitReason.TripleFault, 1).OnVtx(),
            Exit.AtLeast(ExitReason.IoInstruction, image.ConsoleCharacters), // the summary: not just any triple fault
        ],
    };
}
