// Fills {names} in a text. A name without a value is a mistake in a machine's description and says so.

using System;
using System.Collections.Generic;
using System.Text.RegularExpressions;

namespace MinusOne.Ovmf.Runner.Machines;

internal static partial class Template
{
    public static string Fill(string text, IReadOnlyDictionary<string, string> values) =>
        Placeholder().Replace(text, match => values.TryGetValue(match.Groups[1].Value, out string? value)
            ? value
            : throw new InvalidOperationException($"a machine's description uses {match.Value}, which has no value"));

    [GeneratedRegex(@"\{([a-z][a-z0-9]*)\}")]
    private static partial Regex Placeholder();
}
