// The terminal in the mode a guest's console needs: every key at once, unchanged, not echoed (the guest does that).
// Ctrl-C still makes a signal, to have a way out. The settings found are put back at the end.

using System;
using System.Runtime.InteropServices;

namespace MinusOne.Ovmf.Runner.Terminals;

internal sealed class RawTerminal : IDisposable
{
    private const int StandardInput = 0;
    private const int Now = 0;

    private readonly Termios _found;
    private readonly bool _isTerminal;

    // Does nothing if stdin is not a terminal.
    public RawTerminal()
    {
        _isTerminal = GetAttributes(StandardInput, out _found) == 0;
        if (_isTerminal)
        {
            Termios raw = _found.Raw();
            _ = SetAttributes(StandardInput, Now, in raw);
        }
    }

    public void Dispose()
    {
        if (_isTerminal)
        {
            _ = SetAttributes(StandardInput, Now, in _found);
        }
    }

    [DllImport("libc", EntryPoint = "tcgetattr")]
    private static extern int GetAttributes(int descriptor, out Termios attributes);

    [DllImport("libc", EntryPoint = "tcsetattr")]
    private static extern int SetAttributes(int descriptor, int when, in Termios attributes);
}
