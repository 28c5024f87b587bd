// A run that is typed at through a pipe, each time behind what it is waited for.

using System;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot.Console;

internal sealed class Conversation : IDisposable
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(120);

    private readonly StringBuilder _screen = new();
    private readonly Process _process;
    private readonly Task<string> _log;
    private int _seen;

    public Conversation(string arguments)
    {
        var start = new ProcessStartInfo(
            Path.Combine(Row.Repository, "build.sh"), $"run {arguments} --machine bochs --escape --timeout 120")
        {
            WorkingDirectory = Row.Repository,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.StandardInput.AutoFlush = true;
        _log = _process.StandardError.ReadToEndAsync();
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    // Waits for the text behind what was seen before.
    public async Task Sees(string text)
    {
        char[] buffer = new char[1024];
        using var late = new CancellationTokenSource(s_longest);
        int at;
        while ((at = _screen.ToString().IndexOf(text, _seen, StringComparison.Ordinal)) < 0)
        {
            int length = await _process.StandardOutput.ReadAsync(buffer, late.Token);
            Assert.True(length > 0, $"'{text}' has not come:\n{_screen}");
            _screen.Append(buffer.AsSpan(0, length));
        }

        _seen = at + text.Length;
    }

    public Task Types(string text) => _process.StandardInput.WriteAsync(text);

    // Returns the log.
    public async Task<string> Ends(int status)
    {
        _process.StandardInput.Close();
        _screen.Append(await _process.StandardOutput.ReadToEndAsync());
        await _process.WaitForExitAsync();
        Assert.True(_process.ExitCode == status, $"status {_process.ExitCode}\n{_screen}\n{await _log}");
        return await _log;
    }
}
