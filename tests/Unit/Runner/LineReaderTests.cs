// The log begins with the first line of ours; firmware text before it does not count, and nothing behind it is lost.

extern alias runner;

using System;
using System.Collections.Generic;
using System.Text;
using runner::MinusOne.Ovmf.Runner.Serial;
using Xunit;

namespace MinusOne.Tests.Unit.Runner;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("BdsDxe: loading\r\nminusone 0.1\r\n\r\nmap\r\n", new[] { "minusone 0.1", "", "map" })]
    [InlineData("no log at all\r\n", new string[0])]
    [InlineData("the firmware\r\0minusone: x\n", new[] { "minusone: x" })]
    [InlineData("a line about minusone\nminusone: y\nz", new[] { "minusone: y", "z" })]
    [InlineData("minusone: cut off", new[] { "minusone: cut off" })]
    public void CutsLines(string input, string[] expected)
    {
        for (int size = 1; size <= input.Length; size++)
        {
            Assert.Equal(expected, Read(input, size));
        }
    }

    [Fact]
    public void EndsALineThatNeverEnds()
    {
        string[] lines = [.. Read("minusone\n" + new string('x', 100_000), 4096)];
        Assert.True(lines.Length > 2);
        Assert.All(lines, line => Assert.True(line.Length <= 16 * 1024));
    }

    private static List<string> Read(string input, int size)
    {
        var reader = new LineReader();
        List<string> lines = [];
        byte[] bytes = Encoding.UTF8.GetBytes(input);
        for (int i = 0; i < bytes.Length; i += size)
        {
            lines.AddRange(reader.Take(bytes.AsMemory(i, Math.Min(size, bytes.Length - i))));
        }

        if (reader.Finish() is string rest)
        {
            lines.Add(rest);
        }

        return lines;
    }
}
