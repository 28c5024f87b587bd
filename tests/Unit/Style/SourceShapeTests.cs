// The shape of the source: short lines, short files, short functions. Every C# file of the repository is read; a
// function is what stands between a brace on a line of its own, under a head with parameters, and the brace that
// closes it.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace MinusOne.Tests.Unit.Style;

public sealed partial class SourceShapeTests
{
    private const int LongestLine = 120;
    private const int LongestFile = 300;
    private const int LargestMedian = 120;
    private const int LongestFunction = 40;

    private static readonly (string File, string[] Lines)[] s_sources =
    [
        .. new[] { "efi", "hv", "guests", "ovmf", "tests" }
            .SelectMany(room => Directory.EnumerateFiles(
                Repository.File(room), "*.cs", SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal)
            .Select(file => (Path.GetRelativePath(Repository.Root, file), File.ReadAllLines(file))),
    ];

    [Fact]
    public void NoLineIsTooLong() => None(
        s_sources.SelectMany(source => source.Lines
            .Select((line, i) => (line.Length, Place: $"{source.File}:{i + 1}"))
            .Where(line => line.Length > LongestLine)
            .Select(line => $"{line.Place}: {line.Length} characters")));

    [Fact]
    public void NoFileIsTooLong() => None(
        s_sources.Where(source => source.Lines.Length > LongestFile)
            .Select(source => $"{source.File}: {source.Lines.Length} lines"));

    [Fact]
    public void MostFilesAreShort() => Assert.InRange(
        s_sources.Select(source => source.Lines.Length).Order().ElementAt(s_sources.Length / 2), 1, LargestMedian);

    [Fact]
    public void NoFunctionIsTooLong() =>
        None(s_sources.SelectMany(source => Functions(source.Lines)
            .Where(function => function.Length > LongestFunction)
            .Select(function => $"{source.File}: {function.Name}: {function.Length} lines")));

    private static void None(IEnumerable<string> complaints) =>
        Assert.True(!complaints.Any(), string.Join('\n', complaints));

    // Lines between its braces, but without a switch that stands in it directly: that may be a table as long as what
    // it tells apart.
    private static IEnumerable<(string Name, int Length)> Functions(string[] lines)
    {
        for (int i = 1; i < lines.Length; i++)
        {
            Match brace = OpeningBrace().Match(lines[i]);
            if (brace.Success && NameOfFunction(lines, i, brace.Groups[1].Value) is string name)
            {
                int end = Closing(lines, i);
                yield return (name, end - i - 1 - SwitchLines(lines, i, end));
            }
        }
    }

    // From the brace upwards to the first line that stands as far left: what it declares decides.
    private static string NameOfFunction(string[] lines, int brace, string indentation)
    {
        int first = brace - 1;
        while (first > 0 && (lines[first].Length == 0 || lines[first].StartsWith(indentation + ' ')
            || lines[first].TrimStart().StartsWith("where ", StringComparison.Ordinal)))
        {
            first--;
        }

        string head = string.Join(' ', lines[first..brace]);
        Match name = FunctionName().Match(head);
        bool isFunction = name.Success && !head.Contains("=>")
            && !OtherHead().IsMatch(head[..(name.Index + name.Length)]);
        return isFunction ? name.Groups[1].Value : null;
    }

    private static int SwitchLines(string[] lines, int start, int end)
    {
        string inside = new(' ', lines[start].Length - 1 + 4);
        int total = 0;
        for (int i = start + 1; i < end; i++)
        {
            if (lines[i].StartsWith(inside + "switch (") && lines[i + 1] == inside + "{")
            {
                total += Closing(lines, i + 1) - i;
            }
        }

        return total;
    }

    private static int Closing(string[] lines, int brace) =>
        Array.FindIndex(lines, brace, line => line.StartsWith(lines[brace].Replace('{', '}')));

    // A member's, or one of a nested type.
    [GeneratedRegex(@"^( {4}| {8})\{$")]
    private static partial Regex OpeningBrace();

    [GeneratedRegex(@"(\w+)(<[\w, ]+>)?\(")]
    private static partial Regex FunctionName();

    [GeneratedRegex(@"=|\b(class|struct|enum|interface|record|if|for|foreach|while|switch|fixed|using|lock|do)\b")]
    private static partial Regex OtherHead();
}
