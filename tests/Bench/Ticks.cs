// What the guest prints, `bench: NAME TICKS` a line.

using System.Collections.Generic;
using System.Globalization;

namespace MinusOne.Tests.Bench;

internal static class Ticks
{
    public const string LastLine = "bench: end";

    private const string Mark = "bench: ";

    // The program in Linux begins its complaints so.
    private const string Complaint = "init: ";

    public static Dictionary<string, uint> Parse(string console)
    {
        var ticks = new Dictionary<string, uint>();
        foreach (string line in console.Split('\n'))
        {
            string[] words = line.TrimEnd('\r').Split(' ');
            if (line.StartsWith(Mark) && words.Length == 3
                && uint.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out uint value))
            {
                ticks[words[1]] = value;
            }
        }

        return console.Contains(LastLine) && !console.Contains(Complaint)
            ? ticks
            : throw new BenchException("the guest did not come to its end; it printed:\n" + console);
    }
}
