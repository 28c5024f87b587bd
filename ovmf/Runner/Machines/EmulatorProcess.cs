// The emulator as a child process that cannot outlive us. setpriv asks the kernel to kill it when its parent dies,
// whatever the reason; the kernel means the parent thread, so one thread starts it and stays until it ended. setsid
// keeps the terminal's Ctrl-C away from it: we decide when it ends. Both replace themselves, so the process id stays
// that of the emulator.

using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace MinusOne.Ovmf.Runner.Machines;

internal sealed class EmulatorProcess : IDisposable
{
    private const string Detach = "setsid";

    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process = new();

    private EmulatorProcess()
    {
    }

    // With the exit status.
    public Task<int> Exited => _exited.Task;

    public int Id => _process.Id;

    // What the program prints goes to the log file, its standard input is empty.
    public static EmulatorProcess Start(string program, IEnumerable<string> arguments, string folder, string logFile)
    {
        var emulator = new EmulatorProcess();
        emulator._process.StartInfo =
            new ProcessStartInfo(Detach, ["setpriv", "--pdeathsig", "KILL", "--", program, .. arguments])
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
        new Thread(() => emulator.Live(logFile)) { IsBackground = true, Name = "emulator" }.Start();
        emulator._started.Task.GetAwaiter().GetResult();
        return emulator;
    }

    public void Kill()
    {
        if (!_exited.Task.IsCompleted)
        {
            _process.Kill();
        }
    }

    public void Dispose()
    {
        Kill();
        _exited.Task.GetAwaiter().GetResult();
        _process.Dispose();
    }

    private void Live(string logFile)
    {
        try
        {
            _process.Start();
            _process.StandardInput.Close();
            _started.SetResult();
        }
        catch (Exception error)
        {
            _exited.SetResult(ExitStatus.Failed);
            _started.SetException(error is Win32Exception
                ? new SetUpException($"cannot start {Detach}, under which emulators run; apt-get install util-linux")
                : error);
            return;
        }

        using (TextWriter log = TextWriter.Synchronized(new StreamWriter(logFile)))
        {
            Task error = Copy(_process.StandardError, log);
            Copy(_process.StandardOutput, log).GetAwaiter().GetResult();
            error.GetAwaiter().GetResult();
        }

        _process.WaitForExit();
        _exited.SetResult(_process.ExitCode);
    }

    private static async Task Copy(StreamReader reader, TextWriter log)
    {
        while (await reader.ReadLineAsync() is string line)
        {
            log.WriteLine(line);
        }
    }
}
