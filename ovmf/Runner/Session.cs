// One run from power-on to the exit status: prepare, start the machine, wait for the first thing that ends a run, take
// the picture, end the machine, and hand over what it wrote.

using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using MinusOne.Ovmf.Runner.Disk;
using MinusOne.Ovmf.Runner.Linux;
using MinusOne.Ovmf.Runner.Machines;
using MinusOne.Ovmf.Runner.Options;
using MinusOne.Ovmf.Runner.Profiles;
using MinusOne.Ovmf.Runner.Screens;
using MinusOne.Ovmf.Runner.Serial;
using MinusOne.Ovmf.Runner.Terminals;

namespace MinusOne.Ovmf.Runner;

internal sealed class Session(
    RunOptions options, MachinePlan plan, RunFolder folder, Machine machine, Outputs outputs, Signals signals,
    PanicWatch? panic, DebuggerPort? debugger)
{
    private const string LogFile = "hypervisor.log";
    private const string ConsoleFile = "com1.log";
    private const string SampleFile = "samples";

    private static readonly TimeSpan s_powerOffTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_lastBytesTime = TimeSpan.FromSeconds(1);

    private readonly ConsolePort _console = new(outputs, folder.PathOf(ConsoleFile), options.HasEscapes, panic);
    private readonly LogPort _log = new(outputs, folder.PathOf(LogFile));
    private readonly TracePort? _trace =
        TraceFiles(options, folder) is { Length: > 0 } files ? new(outputs, files) : null;
    private readonly SnapshotPort _snapshots = new(outputs.WriteMessage, Path.Combine("out", "snapshots"));

    public static int Run(RunOptions options)
    {
        using var signals = new Signals();
        MachinePlan plan = MachinePlan.Choose(options);
        using DebuggerPort? debugger = options.DebuggerPort is int port ? new DebuggerPort(port) : null;
        using RunFolder folder = RunFolder.Create();
        try
        {
            BootDisk.Create(folder, options);
        }
        catch (SetUpException) when (signals.Received.IsCompleted)
        {
            return ExitStatus.OfSignal(signals.Received.Result);
        }

        using var progress = new Progress($"{plan.Title} with {plan.Extension}", plan.Description.FirmwareSeconds);
        using var outputs = new Outputs(progress);
        using Machine machine = Machine.Create(plan, folder);
        using var terminal = new RawTerminal();
        if (debugger != null)
        {
            outputs.WriteMessage($"gdb -ex 'target remote :{debugger.Port}' debugs the guests");
        }

        PanicWatch? panic = options.IsLinux ? new PanicWatch(options.StartsAgain) : null;
        return new Session(options, plan, folder, machine, outputs, signals, panic, debugger)
            .Run().GetAwaiter().GetResult();
    }

    private async Task<int> Run()
    {
        using var com1 = new PortListener();
        using var com2 = new PortListener();
        using PortListener? com3 = debugger == null ? null : new PortListener();
        using var com4 = new PortListener();
        machine.Start(com1, com2, com3, com4);
        _ = com3 == null ? Task.CompletedTask : debugger!.Run(com3);
        Task ports = Task.WhenAll(
            _console.Run(com1), _log.Run(com2), _trace?.Run(com4) ?? _snapshots.Run(com4));
        Task timeout = Task.Delay(options.Timeout ?? System.Threading.Timeout.InfiniteTimeSpan);

        await Task.WhenAny(_log.Result, machine.Ended, signals.Received, outputs.Closed, timeout);
        if (!signals.Received.IsCompleted)
        {
            await SaveScreenshot();
        }

        if (_log.Result.IsCompleted)
        {
            await Task.WhenAny(machine.Ended, _console.Closed, signals.Received, timeout, Task.Delay(s_powerOffTime));
        }

        bool hasEnded = machine.Ended.IsCompleted;
        machine.Kill();
        com1.Dispose();
        com2.Dispose();
        com4.Dispose();
        await ReadLastBytes(ports, isOrderly: hasEnded || _log.Result.IsCompleted, timeout);
        SaveLog();
        SaveProfile();
        return Verdict(timeout.IsCompleted);
    }

    // A slow reader of an orderly run gets everything; when the user or the clock ends it, what is on its way is
    // enough.
    private Task ReadLastBytes(Task ports, bool isOrderly, Task timeout) =>
        isOrderly && !timeout.IsCompleted
            ? Task.WhenAny(ports, signals.Received, outputs.Closed, timeout)
            : Task.WhenAny(ports, Task.Delay(s_lastBytesTime));

    private async Task SaveScreenshot()
    {
        if (options.Screenshot == null)
        {
            return;
        }

        if (await machine.TakePicture() is { } picture)
        {
            FinishedFile.Write(options.Screenshot, PngWriter.Write(picture));
        }
        else
        {
            outputs.WriteMessage("no screenshot: the machine has no picture to give");
        }
    }

    private void SaveLog()
    {
        if (options.LogFile != null)
        {
            FinishedFile.Write(options.LogFile, File.ReadAllBytes(folder.PathOf(LogFile)));
        }
    }

    private static string[] TraceFiles(RunOptions options, RunFolder folder) =>
    [
        .. options.TraceFile is string trace ? new[] { trace } : [],
        .. options.ProfileFile is null ? [] : new[] { folder.PathOf(SampleFile) },
    ];

    private void SaveProfile()
    {
        string samples = folder.PathOf(SampleFile);
        if (options.ProfileFile is string file && File.Exists(samples))
        {
            outputs.WriteMessage(ProfileFiles.Write(file, File.ReadAllBytes(samples), options.NameFiles));
        }
    }

    private int Verdict(bool isTimeout)
    {
        if (signals.Received.IsCompleted)
        {
            return ExitStatus.OfSignal(signals.Received.Result);
        }

        if (panic?.Reason is { } reason)
        {
            outputs.WriteMessage($"the guest's kernel panicked: {reason}");
            return ExitStatus.Failed;
        }

        if (_log.Result.IsCompleted)
        {
            return _log.Result.Result.Status;
        }

        if (isTimeout)
        {
            string where = _console.HasStarted ? "" : "; the firmware has not started the image";
            outputs.WriteMessage($"time-out after {options.Timeout!.Value.TotalSeconds} s{where}");
            return ExitStatus.TimeOut;
        }

        if (outputs.Closed.IsCompleted)
        {
            outputs.WriteMessage("nobody reads the guest's console any more; ended the machine");
            return ExitStatus.Failed;
        }

        return Unexpected();
    }

    private int Unexpected()
    {
        IReadOnlyList<string> words = machine.LastWords;
        string reason = words.Count > 0 ? words[^1] : machine.ProcessEnd;
        if (!_console.HasReceived && !_log.HasReceived)
        {
            throw new SetUpException($"{plan.Title} does not start: {reason}");
        }

        folder.Keep();
        outputs.WriteMessage($"the machine ended without a result: {reason}; see {folder.Path}");
        for (int i = 0; i < words.Count - 1; i++)
        {
            outputs.WriteLine("  " + words[i]);
        }

        return ExitStatus.Failed;
    }
}
