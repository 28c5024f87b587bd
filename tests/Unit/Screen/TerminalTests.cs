// What is printed is read back from the pixels.

using System.Linq;
using System.Runtime.CompilerServices;
using MinusOne.Efi.Console;
using MinusOne.Efi.Firmware;
using Xunit;

namespace MinusOne.Tests.Unit.Screen;

public sealed class TerminalTests
{
    private const uint Width = 20 * 8;
    private const uint Height = 8 * 16;

    // What is printed, and the rows it leaves, joined by |.
    [Theory]
    [InlineData("hello\nworld", "hello|world")]
    [InlineData("one\r\ntwo", "one|two")]
    [InlineData("abc\rX", "Xbc")]
    [InlineData("abc\b\bX", "aXc")]
    [InlineData("\bX", "X")]
    [InlineData("a\tb\tc", "a       b       c")]
    [InlineData("12345678901234567890", "12345678901234567890")]
    [InlineData("12345678901234567890\nx", "12345678901234567890|x")]
    [InlineData("123456789012345678901", "12345678901234567890|1")]
    [InlineData("12345678901234567890\bX", "123456789012345678X0")]
    [InlineData("a\0\a\u000Fb", "ab")]
    [InlineData("gr\u00FC\u00DFe\u20AC!", "gr\u007F\u007Fe\u007F!")]
    [InlineData("abc\u001B[K", "abc")]
    [InlineData("abc\b\b\u001B[K", "a")]
    [InlineData("abc\b\u001B[1KX", "  X")]
    [InlineData("abc\u001B[2K\rX", "X")]
    [InlineData("a\nb\u001B[2J\u001B[HX", "X")]
    [InlineData("a\nb\nc\u001B[2;1H\u001B[J", "a")]
    [InlineData("a\nbcd\ne\u001B[2;2H\u001B[1J", "|  d|e")]
    [InlineData("\u001B[2;3HX\u001B[HY", "Y|  X")]
    [InlineData("abc\u001B[2DX\u001B[CY", "aXcY")]
    [InlineData("a\nb\u001B[AX\u001B[BY", "aX|b Y")]
    [InlineData("\u001B[99;99HX\u001B[99A\rY", "Y|||||||                   X")]
    [InlineData("abcdef\u001B[3GX", "abXdef")]
    [InlineData("abcdef\u001B[2G\u001B[2P", "adef")]
    [InlineData("abcdef\u001B[2G\u001B[2@", "a  bcdef")]
    [InlineData("abcdef\u001B[2G\u001B[2X", "a  def")]
    [InlineData("abcdef\u001B[2G\u001B[99P", "a")]
    [InlineData("\u001B[31mred\u001B[0m \u001B[1;44mblue\u001B[m", "red blue")]
    [InlineData("\u001B[?2004hyes\u001B[?1l\u001B[>c", "yes")]
    [InlineData("\u001B[6nyes", "yes")]
    [InlineData("\u001B]0;a title\ayes", "yes")]
    [InlineData("\u001B]0;a title\u001B\\yes", "yes")]
    [InlineData("\u001B(B\u001B=\u001B>yes", "yes")]
    [InlineData("\u001B[1;2\u001B[Hyes", "yes")]
    [InlineData("\u001B[1;2;3;4;5;6;7;8;9;10;99999999999999mX", "X")]
    [InlineData("\u001B]a title\u0018yes", "yes")]
    [InlineData("\u001BPa\u001B\u001Ayes", "yes")]
    [InlineData("\u001B[1\u0018yes", "yes")]
    [InlineData("\u001B\u001Ayes", "yes")]
    [InlineData("\u001B(\u0018yes", "yes")]
    public void Prints(string text, string rows)
    {
        using var screen = new PlainScreen(Width, Height);
        screen.Print(text);
        Assert.Equal(rows.TrimEnd('|'), string.Join('|', screen.Rows).TrimEnd('|'));
        Assert.True(screen.IsUntouchedOutside());
    }

    [Fact]
    public void AQuarterGoesAtTheBottom()
    {
        using var screen = new PlainScreen(Width, Height);
        screen.Print("1\n2\n3\n4\n5\n6\n7\n8");
        Assert.Equal(["1", "2", "3", "4", "5", "6", "7", "8"], screen.Rows);
        screen.Print("\n9");
        Assert.Equal(["3", "4", "5", "6", "7", "8", "9", ""], screen.Rows);
        screen.Print("\n10\n11");
        Assert.Equal(["5", "6", "7", "8", "9", "10", "11", ""], screen.Rows);
    }

    // Neither a sequence that a guest has begun nor its colours reach the log, and the guest goes on where it was.
    [Fact]
    public void TheLogStandsOnLinesOfItsOwn()
    {
        using var screen = new PlainScreen(Width, Height);
        screen.Print("> \u001B[31mred\u001B[");
        screen.Log("a ");
        screen.Log("line\n");
        screen.Print("32mgreen");
        Assert.Equal(["> red", "a line", "green"], screen.Rows[..3]);
        Assert.Equal((0xC8C8C8u, 0u), screen.Reader.Colours(0, 1));
        Assert.Equal((0x32B432u, 0u), screen.Reader.Colours(0, 2));
    }

    // Nothing that a guest has left open hides what the hypervisor answers, or what another guest says after it.
    [Theory]
    [InlineData("\u001BP")]
    [InlineData("\u001B]0;title\u001B")]
    [InlineData("\u001B[30;40")]
    [InlineData("\u001B[30;40m")]
    [InlineData("\u001B[1;7m")]
    public void TheHypervisorsWordsAreSeen(string left)
    {
        using var screen = new PlainScreen(Width, Height);
        screen.Print(left);
        screen.WriteConsole("an ");
        screen.WriteConsole("answer\n");
        screen.Print("more");
        Assert.Equal(["an answer", "more"], screen.Rows[..2]);
        Assert.Equal((0xC8C8C8u, 0u), screen.Reader.Colours(0, 0));
        Assert.Equal((0xC8C8C8u, 0u), screen.Reader.Colours(0, 1));
    }

    // However many there are: counted further, they would end outside of the terminal.
    [Fact]
    public unsafe void NumbersBeyondTheLastAreNotCounted()
    {
        ushort* cells = stackalloc ushort[20 * 8];
        var terminal = default(Terminal);
        terminal.Open(cells, 20, 8);
        foreach (char letter in "\u001B[" + new string(';', 1000))
        {
            terminal.Put((byte)letter);
        }

        Assert.Equal(8, Count(ref terminal));
    }

    // A few bytes change the whole screen, and one look draws no more than it may; the next ones draw the rest.
    [Fact]
    public void ALargeChangeIsDrawnInParts()
    {
        using var screen = new PlainScreen(1920, 1080);
        int cells = screen.Columns * screen.Rows.Length;
        const int Most = 256;
        screen.Put("\u001B[41m\u001B[2J\u001B[9;1Hend");
        int drawn = 0;
        for (int part = screen.Show(Most); part != 0; part = screen.Show(Most))
        {
            Assert.Equal(System.Math.Min(Most, cells - drawn), part);
            drawn += part;
        }

        Assert.Equal(cells, drawn);
        Assert.Equal("end", screen.Rows[8]);
        Assert.Equal(0xC83232u, screen.Reader.Colours(screen.Columns - 1, screen.Rows.Length - 1).Ground);
        Assert.True(screen.IsUntouchedOutside());
    }

    // What changes between two looks is seen in the end, above and below what they have reached.
    [Fact]
    public void WhatChangesMeanwhileIsDrawnToo()
    {
        using var screen = new PlainScreen(Width, Height);
        screen.Put("\u001B[41m\u001B[2J");
        Assert.Equal(50, screen.Show(50));
        screen.Put("\u001B[HA\u001B[3;20HB\u001B[8;1HC");
        Assert.Equal(50, screen.Show(50));
        screen.Show();
        Assert.Equal(["A", "", new string(' ', 19) + "B", "", "", "", "", "C"], screen.Rows);
        Assert.Equal(0, screen.Show());
    }

    [Theory]
    [InlineData("\u001B[31mX", 0xC83232, 0)]
    [InlineData("\u001B[1;31mX", 0xFF6464, 0)]
    [InlineData("\u001B[91mX", 0xFF6464, 0)]
    [InlineData("\u001B[7mX", 0x000000, 0xC8C8C8)]
    [InlineData("\u001B[7;27mX", 0xC8C8C8, 0)]
    [InlineData("\u001B[34;103mX", 0x5078E6, 0xF5DC5A)]
    [InlineData("\u001B[34;42m\u001B[39;49mX", 0xC8C8C8, 0)]
    [InlineData("\u001B[1;34m\u001B[0mX", 0xC8C8C8, 0)]
    [InlineData("\u001B[38;5;9;44mX", 0xFF6464, 0x5078E6)]
    [InlineData("\u001B[38;2;1;2;3;44mX", 0xC8C8C8, 0x5078E6)]
    [InlineData("\u001B[48;5;200mX", 0xC8C8C8, 0)]
    [InlineData("\u001B[0;0;0;0;0;0;0;31;42mX", 0xC83232, 0)]
    [InlineData("\u001B[0;0;0;0;0;0;0;3;1mX", 0xC8C8C8, 0)]
    public void Colours(string text, uint ink, uint ground)
    {
        using var screen = new PlainScreen(Width, Height);
        screen.Print(text);
        Assert.Equal((ink, ground), screen.Reader.Colours(0, 0));
    }

    // A page of log on a large screen: nothing is drawn twice but by the four times that a quarter goes.
    [Fact]
    public void APageOfLogIsDrawnAFewTimes()
    {
        using var screen = new PlainScreen(1920, 1080);
        const string Line = "minusone: a line of the log, as long as most of them are, which is not very long";
        int rows = screen.Rows.Length;
        for (int i = 0; i < rows; i++)
        {
            screen.Log(Line + '\n');
        }

        int drawn = Enumerable.Range(0, rows).Sum(i => screen.Log($"{Line} {i}\n"));
        Assert.InRange(drawn, rows * Line.Length, 5 * rows * (Line.Length + 3));
        Assert.Equal($"{Line} {rows - 1}", screen.Rows.Last(row => row.Length != 0));
    }

    // Any bytes: nothing outside of the screen is touched, and every cell is a letter.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AnyBytesStayOnTheScreen(int seed)
    {
        var random = new System.Random(seed);
        using var screen = new PlainScreen(Width, Height, PixelFormat.RedGreenBlueReserved, more: 3);
        const string Letters = "\u001B\u001B[[[;;0123456789ABCDGHfJKP@Xm?\n\r\t\babc]\a";
        for (int i = 0; i < 200; i++)
        {
            screen.Print(string.Concat(Enumerable.Range(0, 50).Select(_ => Letters[random.Next(Letters.Length)])));
            Assert.DoesNotContain(LetterReader.NotALetter, string.Concat(screen.Rows));
        }

        Assert.True(screen.IsUntouchedOutside());
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_count")]
    private static extern ref int Count(ref Terminal terminal);
}
