// What the README says of options that are refused is what is said of them, and no option that takes a value is left
// out.

extern alias runner;

using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using runner::MinusOne.Ovmf.Runner;
using runner::MinusOne.Ovmf.Runner.Guests;
using runner::MinusOne.Ovmf.Runner.Machines;
using runner::MinusOne.Ovmf.Runner.Options;
using Xunit;

namespace MinusOne.Tests.Unit.Runner;

public sealed partial class RefusedOptionTests
{
    private static readonly Catalogue s_catalogue = Catalogue.Parse(["hello\tD1\tsays hello\toff"]);

    // What was asked for, the message, its meaning, the way out.
    private static readonly string[][] s_rows =
    [
        .. File.ReadAllLines(Repository.File("README.md"))
            .SkipWhile(line => line != "### Options that are refused")
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Trim('|').Split(" | ").Select(cell => cell.Trim()).ToArray()),
    ];

    public static TheoryData<string> Asked => [.. s_rows.Select(row => row[0])];

    [Theory]
    [MemberData(nameof(Asked))]
    public void ARowSaysWhatIsSaid(string asked)
    {
        string[] words = [.. asked.Trim('`').Split(' ').Select(word => word == "\"\"" ? "" : word)];
        string[] row = s_rows.Single(row => row[0] == asked);
        string said = Assert.Throws<SetUpException>(() => Ask(words)).Message;
        Assert.Equal($"{row[1]}; {row[3]}", said);
        Assert.NotEmpty(row[2]);
    }

    [Fact]
    public void EachOptionWithAValueHasARow()
    {
        string[] options =
            [.. Option().Matches(new RunCommand().Help()).Select(match => match.Groups[1].Value).Distinct()];
        Assert.InRange(options.Length, 20, 60);
        Assert.All(options, option => Assert.Contains(s_rows, row => row[0].Trim('`').Split(' ').Contains(option)));
    }

    // The machine is chosen once the options are good.
    private static void Ask(string[] words)
    {
        new RunCommand().Parse(words, s_catalogue, out RunOptions options);
        MachinePlan.Choose(options);
    }

    [GeneratedRegex(@"^\s+(--[a-z-]+) <", RegexOptions.Multiline)]
    private static partial Regex Option();
}
