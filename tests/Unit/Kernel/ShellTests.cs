// What the shell makes of keys and lines, without a terminal.

using System.Text;
using MinusOne.Guests.Kernel.Shared;
using MinusOne.Guests.Kernel.Shell;
using Xunit;

namespace MinusOne.Tests.Unit.Kernel;

public sealed class ShellTests
{
    [Theory]
    [InlineData("abc", "abc", 3)]
    [InlineData("abc\x7f", "ab", 2)]
    [InlineData("\x7f\x08", "", 0)]
    [InlineData("ac\e[Db", "abc", 2)]
    [InlineData("bc\x01" + "a", "abc", 1)]
    [InlineData("ab\e[H\e[3~", "b", 0)]
    [InlineData("ab\e[1~x\e[4~y", "xaby", 4)]
    [InlineData("abcd\e[D\e[D\x0b", "ab", 2)]
    [InlineData("abc\x15z", "z", 1)]
    [InlineData("a\x07\xff\0b", "ab", 2)]
    [InlineData("\e[C\e[D\e[99X\eQa", "a", 1)]
    public void EditsALine(string keys, string text, int cursor)
    {
        LineEditor editor = default;
        foreach (char key in keys)
        {
            editor.Press((byte)key);
        }

        Assert.Equal((text, cursor), (Encoding.Latin1.GetString(editor.Text), editor.Cursor));
    }

    [Fact]
    public void KnowsTheKeysThatEndALine()
    {
        LineEditor editor = default;
        Assert.Equal(Key.End, editor.Press(4));
        Assert.Equal(Key.Abandoned, editor.Press(3));
        Assert.Equal(Key.Entered, editor.Press((byte)'\r'));
        Assert.Equal(Key.Entered, editor.Press((byte)'\n'));
    }

    [Fact]
    public void SaysWhenALineIsTooLong()
    {
        LineEditor editor = default;
        for (int i = 0; i < LineEditor.Capacity; i++)
        {
            Assert.Equal(Key.Changed, editor.Press((byte)'x'));
        }

        Assert.False(editor.IsTooLong);
        Assert.Equal(Key.Ignored, editor.Press((byte)'x'));
        Assert.True(editor.IsTooLong);
        Assert.Equal(LineEditor.Capacity, editor.Length);
    }

    [Fact]
    public void RemembersTheLastLines()
    {
        History history = default;
        history.Add("a"u8);
        history.Add("a"u8);
        history.Add(""u8);
        Assert.Equal(1, history.Count);
        for (int i = 0; i < 20; i++)
        {
            history.Add([(byte)('a' + i)]);
        }

        Assert.Equal(History.Capacity, history.Count);
        Assert.Equal("t"u8, history[0]);
        Assert.Equal("e"u8, history[History.Capacity - 1]);
    }

    [Theory]
    [InlineData(" echo a ", true, "echo a", "", "")]
    [InlineData("a|b", true, "a", "b", "")]
    [InlineData("a > f", true, "a", "", "f")]
    [InlineData("a >> f | b", true, "a", "b", "f")]
    [InlineData("|", false, "", "", "")]
    [InlineData("a >", false, "a", "", "")]
    [InlineData("a |", false, "a", "", "")]
    public void ReadsACommand(string line, bool isGood, string program, string rest, string file)
    {
        Assert.Equal(isGood, CommandLine.TryParse(Encoding.UTF8.GetBytes(line), out CommandLine command));
        Assert.Equal(program, Encoding.UTF8.GetString(command.Program));
        Assert.Equal(rest, Encoding.UTF8.GetString(command.Rest));
        Assert.Equal(file, Encoding.UTF8.GetString(command.File));
        Assert.Equal(line.Contains(">>") ? OpenMode.Append : file.Length > 0 || line.Contains('>')
            ? OpenMode.Write : OpenMode.Read, command.Mode);
    }
}
