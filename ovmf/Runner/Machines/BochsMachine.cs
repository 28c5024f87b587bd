// A machine in Bochs. Every end is a panic there, the orderly ones too, and the panic's text says which. Its display is
// an RFB server on a port of its choice; we look at it for the whole run, because it ends together with the machine.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using MinusOne.Ovmf.Runner.Disk;
using MinusOne.Ovmf.Runner.Screens;
using MinusOne.Ovmf.Runner.Serial;

namespace MinusOne.Ovmf.Runner.Machines;

internal sealed class BochsMachine(MachinePlan plan, RunFolder folder) : Machine(plan, folder)
{
    private const string PanicMark = ">>PANIC<< ";
    private const string HarmlessPanic = "bpp graphics mode not supported yet";

    // What the debugger prints before it ends: the instruction the processor was at.
    private const string LastInstructionMark = "(0).[";

    // What it prints before the reason when it ends before it has a log.
    private const string ExitMark = "Bochs is exiting with the following message:";

    private readonly CancellationTokenSource _end = new();
    private readonly RemoteScreen _screen = new();

    public override IReadOnlyList<string> LastWords
    {
        get
        {
            string[] reasons = [.. LogLines().Where(line => !line.Contains(HarmlessPanic)).Select(Explain).TakeLast(4)];
            return reasons.Length == 0
                ? [.. OutputLines().SkipWhile(line => line != ExitMark).Skip(1).Take(1)]
                : [.. OutputLines().Where(IsLastInstruction).TakeLast(1), .. reasons];
        }
    }

    public override void Start(PortListener com1, PortListener com2, PortListener? com3, PortListener? com4)
    {
        base.Start(com1, com2, com3, com4);
        if (Plan.HasScreen)
        {
            _ = _screen.Watch(Process.Id, _end.Token);
        }
    }

    public override async Task<Picture?> TakePicture()
    {
        await _screen.Settled();
        return _screen.Picture;
    }

    public override void Dispose()
    {
        _end.Cancel();
        base.Dispose();
        _end.Dispose();
    }

    private static bool IsLastInstruction(string line) =>
        line.StartsWith(LastInstructionMark, StringComparison.Ordinal);

    // 00770913640p[CPU0  ] >>PANIC<< exception(): 3rd (13) exception with no resolution
    internal static string Explain(string line)
    {
        int mark = line.IndexOf(PanicMark, StringComparison.Ordinal);
        string text = mark < 0 ? line : line[(mark + PanicMark.Length)..];
        return text switch
        {
            _ when text.Contains("soft power off") || text.Contains("Shutdown port") => "it was powered off",
            _ when text.Contains("exception with no resolution") => $"triple fault ({text})",
            _ => text,
        };
    }
}
