// Cuts the bytes of COM2 into the lines of the log. The firmware's console comes first on this port too; the log begins
// with the first line that begins with our name. Switching the port over may eat the firmware's last line feed, so a
// carriage return or a zero byte ends its lines as well.

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;

namespace MinusOne.Ovmf.Runner.Serial;

internal sealed class LineReader
{
    // A line without an end must not fill the memory.
    private const int Longest = 16 * 1024;

    private readonly List<byte> _line = [];
    private bool _isOurs;

    private static ReadOnlySpan<byte> Name => "minusone"u8;

    private bool BeginsWithName => CollectionsMarshal.AsSpan(_line).StartsWith(Name);

    public IEnumerable<string> Take(ReadOnlyMemory<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            byte value = bytes.Span[i];
            if ((value == '\n' || _line.Count == Longest) && EndLine() is string line)
            {
                yield return line;
            }

            if (value == '\n')
            {
                continue;
            }

            if (value is not ((byte)'\r' or 0))
            {
                _line.Add(value);
            }
            else if (!_isOurs && !BeginsWithName)
            {
                _line.Clear();
            }
        }
    }

    // What stands without an end of line when the machine ended.
    public string? Finish() => _line.Count > 0 ? EndLine() : null;

    private string? EndLine()
    {
        _isOurs |= BeginsWithName;
        string line = Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(_line));
        _line.Clear();
        return _isOurs ? line : null;
    }
}
