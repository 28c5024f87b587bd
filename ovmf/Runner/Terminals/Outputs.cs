// The two streams of a run: the guest's console on stdout, the log and our own messages on stderr. On a terminal they
// share the screen, so a log line does not begin in the middle of a console line, and is dimmed.

using System;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace MinusOne.Ovmf.Runner.Terminals;

internal sealed class Outputs(Progress progress) : IDisposable
{
    private const string Dim = "\e[2m";
    private const string Normal = "\e[0m";

    private readonly Lock _screen = new();
    private readonly bool _isOutputTerminal = !Console.IsOutputRedirected;
    private readonly bool _isErrorTerminal = !Console.IsErrorRedirected;
    private readonly bool _hasColour = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isMidLine;

    // Nobody reads stdout any more.
    public Task Closed => _closed.Task;

    // The guest's bytes, as they are. A reader that is slow may hold this up, and through it the guest, but not our
    // messages: the lock is for a terminal only.
    public void WriteConsole(ReadOnlySpan<byte> bytes)
    {
        progress.Stop();
        if (!_isOutputTerminal)
        {
            Send(bytes);
            return;
        }

        lock (_screen)
        {
            Send(bytes);
            _isMidLine = bytes[^1] != '\n';
        }
    }

    public void WriteLog(string line) => WriteLine(_isErrorTerminal && _hasColour ? $"{Dim}{line}{Normal}" : line);

    public void WriteMessage(string message) => WriteLine("run: " + message);

    public void WriteLine(string line)
    {
        progress.Stop();
        lock (_screen)
        {
            EndConsoleLine(_isErrorTerminal);
            // If nobody reads the log, the run does not depend on it.
            Descriptor.Error.Write(Encoding.UTF8.GetBytes(line + "\n"));
        }
    }

    // Leaves a terminal as a shell expects it: no colour of the guest's, the cursor at the beginning of a line.
    public void Dispose()
    {
        progress.Stop();
        if (_isOutputTerminal)
        {
            lock (_screen)
            {
                Send(Encoding.UTF8.GetBytes(_hasColour ? Normal : ""));
                EndConsoleLine(true);
            }
        }
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        if (!Descriptor.Output.Write(bytes))
        {
            _closed.TrySetResult();
        }
    }

    private void EndConsoleLine(bool isOnScreen)
    {
        if (_isMidLine && isOnScreen)
        {
            Send("\r\n"u8);
        }

        _isMidLine = false;
    }
}
