// struct termios of Linux on x86-64, termios(3), with the bits that raw input concerns.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MinusOne.Ovmf.Runner.Terminals;

[StructLayout(LayoutKind.Sequential)]
internal struct Termios
{
    private const uint BreakIsSignal = 0x0002;      // BRKINT
    private const uint StripBit8 = 0x0020;          // ISTRIP
    private const uint NewLineToReturn = 0x0040;    // INLCR
    private const uint IgnoreReturn = 0x0080;       // IGNCR
    private const uint ReturnToNewLine = 0x0100;    // ICRNL
    private const uint StopAndStart = 0x0400;       // IXON

    private const uint Lines = 0x0002;              // ICANON
    private const uint Echo = 0x0008;               // ECHO
    private const uint EchoNewLine = 0x0040;        // ECHONL
    private const uint Extensions = 0x8000;         // IEXTEN

    private const int MostTime = 5;                 // VTIME
    private const int LeastBytes = 6;               // VMIN
    private const int Suspend = 10;                 // VSUSP

    private uint _input;
    private readonly uint _output;
    private readonly uint _control;
    private uint _local;
    private readonly byte _line;
    private ControlCharacters _characters;
    private readonly uint _inputSpeed;
    private readonly uint _outputSpeed;

    // Output stays as it is. Ctrl-Z goes to the guest: a stopped runner would stop the guest without a word.
    public readonly Termios Raw()
    {
        Termios raw = this;
        raw._input &= ~(BreakIsSignal | StripBit8 | NewLineToReturn | IgnoreReturn | ReturnToNewLine | StopAndStart);
        raw._local &= ~(Lines | Echo | EchoNewLine | Extensions);
        raw._characters[MostTime] = 0;
        raw._characters[LeastBytes] = 1;
        raw._characters[Suspend] = 0;
        return raw;
    }

    [InlineArray(32)]
    private struct ControlCharacters
    {
        private byte _first;
    }
}
