// Reads what a Linux guest prints, for the lines with which its kernel gives up (kernel/panic.c): "Kernel panic - not
// syncing: REASON" and, at the end of the report, "---[ end Kernel panic". A guest that only prints such words has told
// a lie about itself.

using System;
using System.Text;

namespace MinusOne.Ovmf.Runner.Linux;

internal sealed class PanicWatch(bool startsAgain = false)
{
    private const string Begin = "Kernel panic - not syncing: ";
    private const string End = "---[ end Kernel panic";
    private const int LongestLine = 400;

    private readonly StringBuilder _line = new();

    // Why the kernel has given up; null: it has not.
    public string? Reason { get; private set; }

    // It has said all that it had to say; or it would be started again instead.
    public bool IsOver { get; private set; }

    // Its reset would not end the run.
    public bool StartsAgain => startsAgain;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            if (value == (byte)'\n')
            {
                Take(_line.ToString().TrimEnd('\r'));
                _line.Clear();
            }
            else if (_line.Length < LongestLine)
            {
                _line.Append((char)value);
            }
        }
    }

    // Such a line begins with the time, which "[" opens.
    private void Take(string line)
    {
        bool isEnd = line.Contains(End);
        int begin = line.IndexOf(Begin, StringComparison.Ordinal);
        if (begin >= 0 && line.StartsWith('[') && Reason == null && !isEnd)
        {
            Reason = line[(begin + Begin.Length)..];
        }

        IsOver |= Reason != null && (isEnd || startsAgain);
    }
}
