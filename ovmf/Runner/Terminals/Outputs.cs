// The two streams of a run: the guest's console on stdout, the log and our own messages on stderr. Where they share a
// terminal or a pipe, a line of the log does not cut a line of the console in two: it waits for the end of that line,
// but not for long, for a prompt has none. On a terminal the log is dimmed.

using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace MinusOne.Ovmf.Runner.Terminals;

internal sealed class Outputs(Progress progress) : IDisposable
{
    private const string Dim = "\e[2m";
    private const string Normal = "\e[0m";

    private static readonly TimeSpan s_longestWait = TimeSpan.FromMilliseconds(500);

    private readonly Lock _screen = new();
    private readonly bool _isOutputTerminal = !Console.IsOutputRedirected;
    private readonly bool _isErrorTerminal = !Console.IsErrorRedirected;
    private readonly bool _isShared = Target(1) == Target(2);
    private readonly bool _hasColour = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _waiting = [];
    private Timer? _patience;
    private bool _isMidLine;

    // Nobody reads stdout any more.
    public Task Closed => _closed.Task;

    // The guest's bytes, as they are. A reader that is slow may hold this up, and through it the guest, but not our
    // messages, unless they go the same way.
    public void WriteConsole(ReadOnlySpan<byte> bytes)
    {
        progress.Stop();
        if (!_isShared)
        {
            Send(bytes);
            return;
        }

        lock (_screen)
        {
            int lines = _waiting.Count > 0 ? bytes.LastIndexOf((byte)'\n') + 1 : 0;
            Send(bytes[..lines]);
            if (lines > 0)
            {
                WriteWaiting();
            }

            Send(bytes[lines..]);
        }
    }

    public void WriteLog(string line) => WriteLine(_isErrorTerminal && _hasColour ? $"{Dim}{line}{Normal}" : line);

    public void WriteMessage(string message) => WriteLine("run: " + message);

    public void WriteLine(string line)
    {
        progress.Stop();
        lock (_screen)
        {
            _waiting.Add(line);
            if (!_isShared || !_isMidLine)
            {
                WriteWaiting();
            }
            else if (_waiting.Count == 1)
            {
                _patience?.Dispose();
                _patience = new Timer(_ => WaitNoLonger(), null, s_longestWait, Timeout.InfiniteTimeSpan);
            }
        }
    }

    // Leaves a terminal as a shell expects it: no colour of the guest's, the cursor at the beginning of a line.
    public void Dispose()
    {
        progress.Stop();
        lock (_screen)
        {
            _patience?.Dispose();
            WriteWaiting();
            if (_isOutputTerminal)
            {
                bool isMidLine = _isMidLine;
                Send(Encoding.UTF8.GetBytes(_hasColour ? Normal : ""));
                Send(isMidLine ? "\r\n"u8 : default);
            }
        }
    }

    // What a standard stream is connected to.
    private static string? Target(int descriptor) => new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget;

    private void WaitNoLonger()
    {
        lock (_screen)
        {
            WriteWaiting();
        }
    }

    private void WriteWaiting()
    {
        if (_waiting.Count > 0 && _isShared && _isMidLine)
        {
            Send(_isOutputTerminal ? "\r\n"u8 : "\n"u8);
        }

        foreach (string line in _waiting)
        {
            // If nobody reads the log, the run does not depend on it.
            Descriptor.Error.Write(Encoding.UTF8.GetBytes(line + "\n"));
        }

        _waiting.Clear();
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        _isMidLine = bytes[^1] != '\n';
        if (!Descriptor.Output.Write(bytes))
        {
            _closed.TrySetResult();
        }
    }
}
