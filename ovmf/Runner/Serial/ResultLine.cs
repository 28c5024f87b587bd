// The last line of a run's log, for programs to read: `minusone: result status=0 guest=hello end=off`. The status is
// the exit status of `run`.

using System;
using System.Collections.Generic;
using System.Globalization;

namespace MinusOne.Ovmf.Runner.Serial;

internal sealed record ResultLine(int Status, IReadOnlyDictionary<string, string> Values)
{
    private const string Head = "minusone: result ";
    private const int LargestStatus = 255;

    // Null for every other line.
    public static ResultLine? Parse(string line)
    {
        if (!line.StartsWith(Head, StringComparison.Ordinal))
        {
            return null;
        }

        var values = new Dictionary<string, string>();
        foreach (string word in line[Head.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = word.IndexOf('=');
            if (equals > 0)
            {
                values[word[..equals]] = word[(equals + 1)..];
            }
        }

        string? text = values.GetValueOrDefault("status");
        bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int status);
        return isNumber && status <= LargestStatus
            ? new ResultLine(status, values)
            : null;
    }
}
