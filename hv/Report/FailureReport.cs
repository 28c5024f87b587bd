// A failure in the log: what it means, and what to do. The texts are Failure.cs'.
namespace MinusOne.Hv.Report;

internal static unsafe class FailureReport
{
    // In the table of names: parts of a failure.
    public const int Parts = 4, Message = 0, Meaning = 1, WayOut = 2;

    // A guest's end is a failure behind this number.
    private const uint Ends = 0x300;

    // Nothing if there is no such failure.
    public static void Explain(Output output, uint failure)
    {
        if (Has(failure))
        {
            new Writer(output).Text("  that means: "u8).Text(Names.OfFailure((failure * Parts) + Meaning)).EndLine();
            new Writer(output).Text("  way out: "u8).Text(Names.OfFailure((failure * Parts) + WayOut)).EndLine();
        }
    }

    // How a guest has ended, if there is something to say beside that.
    public static void Explain(Vm* vm, Vcpu* vcpu)
    {
        bool isMisconfigured = vm->End == GuestEnd.UnhandledExit && ExitFacts.Reason == ExitReason.EptMisconfiguration;
        Failure misconfiguration = Cpu.IsAmd ? Failure.NestedMisconfiguration : Failure.EptMisconfiguration;
        Explain(Output.Log, isMisconfigured ? (uint)misconfiguration : Ends + (uint)vm->End);
        switch (vm->End)
        {
            case GuestEnd.TripleFault:
                TripleFaultReport.Print(Output.Log, vm, vcpu);
                break;
            case GuestEnd.UnhandledExit when isMisconfigured:
                WalkReport.Physical(Output.Log, vm, ExitFacts.PhysicalAddress);
                break;
            case GuestEnd.NoProgress:
                Writer.Log.Text("  what came last: "u8).Text(ExitFacts.NameOf(ExitFacts.Reason))
                    .Text(", at"u8).EndLine();
                CodeListing.Instructions(Output.Log, vm, GuestLook.AtRip, 1);
                break;
        }
    }

    public static bool Has(uint failure) => !MessageOf(failure).IsEmpty;

    public static ReadOnlySpan<byte> MessageOf(uint failure) => Names.OfFailure((failure * Parts) + Message);
}
