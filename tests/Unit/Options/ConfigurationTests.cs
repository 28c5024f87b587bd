using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using MinusOne.Efi.Options;
using Xunit;

namespace MinusOne.Tests.Unit.Options;

public sealed class ConfigurationTests
{
    private const string Good = """
        # the run's
        trace = on
        memory = 64M

        [web]
        file = \minusone\web.bin
        memory = 32M
        autostart = yes

        [ zwei]
        [db]
        kind = demand
        weight = 3
        autostart = no
        [other]
        autostart = yes
        [web]
        autostart = yes
        """;

    [Fact]
    public void GuestsHaveTheirOwnLines()
    {
        Assert.Equal("64M", Value(Good, "", "memory"));
        Assert.Equal("32M", Value(Good, "web", "memory"));
        Assert.Null(Value(Good, "db", "memory"));
        Assert.Equal("3", Value(Good, "db", "weight"));
        Assert.Null(Value(Good, "", "weight"));
        Assert.False(new Configuration(Encoding.UTF8.GetBytes(Good)).TryGet("zwei"u8, out _));
    }

    [Fact]
    public void SomeStartByThemselves()
    {
        var names = new byte[100];
        int length = new Configuration(Encoding.UTF8.GetBytes(Good)).Autostart(names);
        Assert.Equal("web other ", Encoding.UTF8.GetString(names, 0, length));
        length = new Configuration(Encoding.UTF8.GetBytes(Good)).Guests(names, isEach: true);
        Assert.Equal("web db other ", Encoding.UTF8.GetString(names, 0, length));
        Assert.Equal(4, new Configuration(Encoding.UTF8.GetBytes(Good)).Autostart(new byte[9]));
    }

    [Theory]
    [InlineData("memory = 64M\n\n # x\n; y\n[a]\nweight=1\n", "")]
    [InlineData("memory", "1:1 NoEquals")]
    [InlineData("memory = 1G\n#begin\nx = 1", "1:1 UnknownKey")]
    [InlineData("\n  hello there\r\n", "2:3 NoEquals")]
    [InlineData("  = 3", "1:3 NoKey")]
    [InlineData("memroy = 3", "1:1 UnknownKey")]
    [InlineData("memory = 3", "1:10 NoSize")]
    [InlineData("memory =", "1:9 NoSize")]
    [InlineData("[a]\n\tweight =  many", "2:12 NoNumber")]
    [InlineData("autostart = maybe", "1:13 NoYesOrNo")]
    [InlineData("[]", "1:1 BadName")]
    [InlineData(" [a b]", "1:2 BadName")]
    [InlineData("[a] x", "1:1 BadName")]
    [InlineData("[a\nkind = b", "1:1 BadName")]
    [InlineData("[a]\n[b]\n[a]\nx = 1", "3:1 SameName 4:1 UnknownKey")]
    public void WhatIsWrongIsSaidWithItsPlace(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', Problems(Encoding.UTF8.GetBytes(text))));

    [Theory]
    [InlineData("memory = 64M # of all", "64M")]
    [InlineData("memory = 64M\t#", "64M")]
    [InlineData("memory =# none", "")]
    [InlineData("memory = a#b", "a#b")]
    [InlineData("memory = \"a # b\" # c", "a # b")]
    [InlineData("memory = \"a", "a")]
    [InlineData("memory = \"", "")]
    [InlineData("memory = a \"b\"", "a \"b\"")]
    [InlineData("memory = 1\n#memory = 2", "1")]
    public void AValueEndsWhereItsCommentBegins(string text, string expected) =>
        Assert.Equal(expected, Value(text, "", "memory"));

    [Theory]
    [InlineData("expect = exit=0", "")]
    [InlineData("expect = exit=0xFF # passed", "")]
    [InlineData("expect = triple-fault", "")]
    [InlineData("expect = exit", "1:10 NoEnd")]
    [InlineData("expect = exit=0x100000000", "1:10 NoEnd")]
    [InlineData("expect = running", "1:10 NoEnd")]
    [InlineData("hypervisor = xen", "1:14 NoHypervisor")]
    [InlineData("balloon = 64M\nballoon=on\nballoon = off", "")]
    [InlineData("end = halt\nend=reboot\nend = poweroff\nend = firmware", "")]
    [InlineData("end = power-off", "1:7 NoMachineEnd")]
    [InlineData("record = io,disk", "1:10 NoExits")]
    [InlineData("keyboard = us\nkeyboard=de\nkeyboard = off", "")]
    [InlineData("keyboard = fr", "1:12 NoKeyboard")]
    [InlineData("screen = 3840x2160", "")]
    [InlineData("screen = 4K", "1:10 NoPicture")]
    [InlineData("balloon = 5000", "1:11 NoBalloon")]
    [InlineData("balloon = big", "1:11 NoBalloon")]
    [InlineData("window = 80x25\nwindow=1x65535", "")]
    [InlineData("window = 80", "1:10 NoWindow")]
    [InlineData("window = 80x0", "1:10 NoWindow")]
    [InlineData("window = x25", "1:10 NoWindow")]
    [InlineData("window = 65536x25", "1:10 NoWindow")]
    [InlineData("cpus = 0,2-3\ncpus=63", "")]
    [InlineData("cpus = 3-1", "1:8 NoProcessors")]
    [InlineData("[a]\ncpus = 64", "2:8 NoProcessors")]
    [InlineData("expect = debug-exit", "1:10 NoEnd")]
    [InlineData("[a] # the first\n[b]#c\n", "2:1 BadName")]
    public void EndsAndNamesAreJudged(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', Problems(Encoding.UTF8.GetBytes(text))));

    // What guests/README.md shows is what people copy.
    [Fact]
    public void TheExampleInTheReadmeIsGood()
    {
        string readme = File.ReadAllText(Repository.File("guests", "README.md"));
        string example = Regex.Match(readme, "```ini\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        Assert.Empty(Problems(Encoding.UTF8.GetBytes(example)));
        Assert.Equal("64M", Value(example, "", "memory"));
        Assert.Equal("32M", Value(example, "web", "memory"));
        Assert.Equal(@"\minusone\web.bin", Value(example, "web", "file"));
        Assert.Equal("demand", Value(example, "web", "kind"));
        Assert.Equal("quiet", Value(example, "web", "cmdline"));
        Assert.Equal("power-off", Value(example, "web", "expect"));
        Assert.Equal("web ", Encoding.UTF8.GetString(Autostart(example)));
    }

    // Any bytes: it comes to an end, places lie in the text, and what a naive reader finds is found.
    [Fact]
    public void AnyBytesAreRead()
    {
        for (int seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            byte[] text = Bytes(random);
            string[] lines = Encoding.Latin1.GetString(text).Split('\n');
            int last = 0;
            foreach (string problem in Problems(text))
            {
                int[] place = [.. problem.Split(' ')[0].Split(':').Select(int.Parse)];
                Assert.True(place[0] > last && place[0] <= lines.Length, $"seed {seed}: {problem}");
                Assert.True(place[1] >= 1 && place[1] <= lines[place[0] - 1].Length + 1, $"seed {seed}: {problem}");
                last = place[0];
            }

            Assert.True(Naive(lines, "a", "kind") == Value(text, "a", "kind"), $"seed {seed}");
            Assert.True(Naive(lines, "", "memory") == Value(text, "", "memory"), $"seed {seed}");
        }
    }

    // Lines that are often nearly right.
    private static byte[] Bytes(Random random)
    {
        string[] pieces =
            ["[a]", "[b]", "[", "]", "kind", "memory", " = ", "=", "4K", "\n", "\n", "\r\n", "#", " ", "x", "\""];
        var text = new List<byte>();
        for (int i = random.Next(60); i > 0; i--)
        {
            text.AddRange(random.Next(8) == 0 ? [(byte)random.Next(256)]
                : Encoding.Latin1.GetBytes(pieces[random.Next(pieces.Length)]));
        }

        return [.. text];
    }

    private static byte[] Autostart(string text)
    {
        var names = new byte[100];
        return names[..new Configuration(Encoding.UTF8.GetBytes(text)).Autostart(names)];
    }

    private static string Naive(string[] lines, string guest, string key)
    {
        string current = "", found = null;
        bool wasThere = false;
        foreach (string line in lines.Select(line => line.Trim(' ', '\t', '\r', '\0')))
        {
            string bare = WithoutComment(line);
            if (bare.Length > 2 && bare[0] == '[' && bare[^1] == ']'
                && bare[1..^1].All(letter => letter > ' ' && letter is not ('[' or ']')))
            {
                wasThere |= current == guest;
                current = bare[1..^1];
            }
            else if (current == guest && !wasThere && line.Length > 0 && line[0] is not ('#' or ';'))
            {
                int equals = line.IndexOf('=');
                string name = (equals < 0 ? line : line[..equals]).Trim(' ', '\t', '\r', '\0');
                found = name == key ? (equals < 0 ? "" : NaiveValue(line[(equals + 1)..])) : found;
            }
        }

        return found;
    }

    private static string NaiveValue(string text)
    {
        text = text.Trim(' ', '\t', '\r', '\0');
        return text is not ['"', .. var rest] ? WithoutComment(text)
            : rest.Contains('"', StringComparison.Ordinal) ? rest[..rest.LastIndexOf('"')]
            : rest;
    }

    private static string WithoutComment(string line) =>
        Regex.Replace(line, "(^|[ \t\r\0])#.*$", "", RegexOptions.Singleline).Trim(' ', '\t', '\r', '\0');

    private static List<string> Problems(byte[] text)
    {
        var problems = new List<string>();
        var check = new ConfigurationCheck(text);
        while (check.MoveNext())
        {
            problems.Add($"{check.Line}:{check.Column} {check.Problem}");
            Assert.False(ConfigurationProblems.Sentence(check.Problem).IsEmpty);
        }

        return problems;
    }

    private static string Value(string text, string guest, string key) =>
        Value(Encoding.UTF8.GetBytes(text), guest, key);

    private static string Value(byte[] text, string guest, string key) =>
        new Configuration(text).TryGet(Encoding.UTF8.GetBytes(guest), out OptionText lines)
        && lines.TryGet(Encoding.UTF8.GetBytes(key), out ReadOnlySpan<byte> value)
            ? Encoding.Latin1.GetString(value)
            : null;
}
