// A run on a terminal, as `script` makes one: keys arrive one by one and are not echoed by the terminal, Ctrl-A is for
// the hypervisor, Ctrl-C ends the run with 130, and afterwards the terminal is as before and nothing is left running.

using System;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot.Console;

public sealed class TerminalTests
{
    private const string Mark = "MINUSONE_TEST";
    private const string ControlA = "\x01";
    private const string ControlC = "\x03";

    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(150);

    private readonly string _mark = Guid.NewGuid().ToString();
    private readonly StringBuilder _screen = new();

    [Fact]
    public Task KeysReachTheGuestAndControlAX() => Run("echo", async terminal =>
    {
        await Sees(terminal, "a line 'quit' ends");
        await terminal.StandardInput.WriteAsync("keys");
        await Sees(terminal, "keys");
        await terminal.StandardInput.WriteAsync(ControlA + "h");
        await Sees(terminal, "Ctrl-A x ends the run, c opens the monitor");
        await terminal.StandardInput.WriteAsync(ControlA + "x");
        await Ends(terminal, 0);
        Assert.Equal(1, _screen.ToString().Split("keys").Length - 1);
        Assert.Contains("result status=0 end=stopped", _screen.ToString());
    });

    [Fact]
    public Task ControlCEndsTheRun() => Run("echo", async terminal =>
    {
        await Sees(terminal, "a line 'quit' ends");
        await terminal.StandardInput.WriteAsync(ControlC);
        await Ends(terminal, 130);
    });

    [Fact]
    public Task ControlCEndsTheFirmware() => Run("echo", async terminal =>
    {
        await Sees(terminal, "firmware starting");
        await terminal.StandardInput.WriteAsync(ControlC);
        await Ends(terminal, 130);
    });

    private async Task Run(string guest, Func<Process, Task> conversation)
    {
        string run = $"./build.sh run {guest} --machine bochs --timeout 120";
        string command = $"trap : INT; stty -g; {run}; s=$?; stty -g; exit $s";
        var start = new ProcessStartInfo(
            "env", ["--default-signal=INT", "script", "-q", "-e", "-c", command, "/dev/null"])
        {
            WorkingDirectory = Row.Repository,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment[Mark] = _mark;
        start.Environment["TERM"] = "xterm";
        using Process terminal = Process.Start(start)!;
        terminal.StandardInput.AutoFlush = true;
        try
        {
            await conversation(terminal);
        }
        finally
        {
            terminal.StandardInput.Close();
            terminal.Kill();
        }
    }

    private async Task Sees(Process terminal, string text)
    {
        char[] buffer = new char[1024];
        using var late = new System.Threading.CancellationTokenSource(s_longest);
        while (!_screen.ToString().Contains(text))
        {
            int length = await terminal.StandardOutput.ReadAsync(buffer, late.Token);
            Assert.True(length > 0, $"'{text}' has not come:\n{_screen}");
            _screen.Append(buffer.AsSpan(0, length));
        }
    }

    private async Task Ends(Process terminal, int status)
    {
        _screen.Append(await terminal.StandardOutput.ReadToEndAsync());
        await terminal.WaitForExitAsync();
        Assert.True(terminal.ExitCode == status, $"status {terminal.ExitCode}\n{_screen}");
        string[] lines = _screen.ToString().Trim().Split('\n', StringSplitOptions.TrimEntries);
        Assert.EndsWith(lines[0], lines[^1]);
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc"), HasMark);
    }

    // A process that one of ours has started, however far away.
    private bool HasMark(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "environ")).Contains($"{Mark}={_mark}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
