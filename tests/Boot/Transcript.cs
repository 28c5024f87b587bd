// Compares what a run printed with what it must print. The expected text is literal but for four marks that stand for
// what changes from build to build: {version}, {number} (decimal or hexadecimal digits) and {any} (the rest of the
// line); {lines} alone on a line stands for all up to one like the next. A line that begins with [bochs 2] or [bochs
// 3] is expected of that version alone.

using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace MinusOne.Tests.Boot;

internal static partial class Transcript
{
    private const string AnyLines = "{lines}";

    // Null if it matches, otherwise the first difference in words.
    public static string? Difference(string expectedFile, string actual)
    {
        if (!File.Exists(expectedFile))
        {
            return null;
        }

        string[] expected = Expected(File.ReadAllText(expectedFile), Emulator.Bochs);
        string[] lines = Lines(actual);
        int at = 0;
        for (int i = 0; i < expected.Length || at < lines.Length; i++, at++)
        {
            string want = expected.ElementAtOrDefault(i) ?? "(end of the transcript)";
            if (want == AnyLines)
            {
                want = expected.ElementAtOrDefault(++i) ?? "";
                Regex next = Pattern(want);
                at = Math.Min(lines.Length, at + lines.Skip(at).TakeWhile(line => !next.IsMatch(line)).Count());
            }

            string have = lines.ElementAtOrDefault(at) ?? "(end of the output)";
            if (!Pattern(want).IsMatch(have))
            {
                return $"line {at + 1}\n  expected: {want}\n  actual:   {have}\n--- whole output\n{actual}";
            }
        }

        return null;
    }

    internal static string[] Expected(string text, int bochs) =>
    [
        .. Lines(text)
            .Select(line => Version().Match(line) is { Success: true } mark
                ? (For: int.Parse(mark.Groups[1].Value), Text: line[mark.Length..])
                : (For: bochs, Text: line))
            .Where(line => line.For == bochs)
            .Select(line => line.Text),
    ];

    [GeneratedRegex(@"^\[bochs (\d)\] ")]
    private static partial Regex Version();

    private static Regex Pattern(string line) =>
        new("^" + Regex.Escape(line)
            .Replace(@"\{version}", @"\d+\.\d+\.\d+(\+[0-9a-z]+)?")
            .Replace(@"\{number}", "[0-9A-F]+")
            .Replace(@"\{any}", ".*") + "$");

    private static string[] Lines(string text) => text.Replace("\r", "").TrimEnd('\n').Split('\n');
}
