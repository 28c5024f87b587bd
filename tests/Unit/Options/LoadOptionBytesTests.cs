// What firmware passes as load options, in all the forms it is known to have.

using System;
using System.Linq;
using System.Text;
using MinusOne.Efi.Options;
using Xunit;

namespace MinusOne.Tests.Unit.Options;

public sealed unsafe class LoadOptionBytesTests
{
    private static readonly byte[] s_path = [4, 4, 8, 0, (byte)'a', 0, 0, 0, 0x7F, 0xFF, 4, 0];

    [Fact]
    public void TextIsReadAsItIs()
    {
        Assert.Equal("hello seed=3", TextOf(Wide("hello seed=3\0")));
        Assert.Equal("hello", TextOf(Wide("hello")));
        Assert.Equal("file=\u00fc", TextOf(Wide("file=\u00fc\0rest")));
        Assert.Equal("", TextOf(Wide("\0\uFFFF")));
    }

    [Theory]
    [InlineData("hello seed=3")]
    [InlineData("hello seed=3\0")]
    [InlineData("abc")]
    [InlineData("x")]
    public void AsciiIsReadToo(string text) => Assert.Equal(text.TrimEnd('\0'), TextOf(Encoding.ASCII.GetBytes(text)));

    [Theory]
    [InlineData("hello seed=3")]
    [InlineData("")]
    public void ABootEntryHasTheOptionsAtItsEnd(string text) =>
        Assert.Equal(text, TextOf(Entry("A laptop's entry", s_path, Wide(text))));

    // Its length is not that of its paths, a node leads beyond it, or there is no last node.
    [Fact]
    public void WhatIsNoBootEntryIsNoText()
    {
        byte[] entry = Entry("entry", s_path, Wide("hello"));
        entry[4]++;
        Assert.Null(TextOf(entry));
        byte[] path = [.. s_path];
        path[2] = 200;
        Assert.Null(TextOf(Entry("entry", path, Wide("hello"))));
        path[2] = 0;
        Assert.Null(TextOf(Entry("entry", path, Wide("hello"))));
        Assert.Null(TextOf(Entry("entry", s_path[..8], Wide("hello"))));
    }

    // A GUID is what some boot managers mark their own entries with.
    [Fact]
    public void BytesOfAnotherKindAreNoText()
    {
        Assert.Null(TextOf(Guid.Parse("8108AC4E-9F11-4D59-850E-E21A522C59B2").ToByteArray()));
        Assert.Null(TextOf([1]));
        Assert.Null(TextOf([0xFF, 0xFF, 0xFF]));
    }

    [Theory]
    [InlineData(@"\EFI\BOOT\BOOTX64.EFI", "BOOTX64.EFI")]
    [InlineData("my.efi", "my.efi")]
    public void TheProgramsNameIsTheLastPartOfItsPath(string path, string name)
    {
        byte[] text = Wide(path + "\0");
        byte[] nodes = [1, 1, 6, 0, 9, 9, 4, 4, (byte)(4 + text.Length), 0, .. text, 0x7F, 0xFF, 4, 0];
        fixed (byte* start = nodes)
        {
            Assert.Equal(name, ProgramName.OfPath(start).ToString());
        }

        nodes[8] = 0;
        fixed (byte* start = nodes)
        {
            Assert.Equal("", ProgramName.OfPath(start).ToString());
        }
    }

    [Theory]
    [InlineData("EF BB BF 61 3D 31", "a=1")]
    [InlineData("FF FE 61 00 3D 00 FC 00 0A 00", "a=?\n")]
    [InlineData("FE FF 00 61 00 3D", "a=")]
    [InlineData("61 3D 31", "a=1")]
    [InlineData("EF", "\u00ef")]
    [InlineData("FF FE 61", "")]
    public void ByteOrderMarksAreNoText(string bytes, string text) =>
        Assert.Equal(text, Encoding.Latin1.GetString(
            ConfigurationText.Plain(Convert.FromHexString(bytes.Replace(" ", "")))));

    private static byte[] Entry(string description, byte[] path, byte[] options) =>
        [1, 0, 0, 0, (byte)path.Length, 0, .. Wide(description + '\0'), .. path, .. options];

    private static byte[] Wide(string text) => [.. text.SelectMany(unit => BitConverter.GetBytes(unit))];

    private static string TextOf(byte[] bytes)
    {
        char[] units = new char[bytes.Length];
        int count = LoadOptionBytes.ToUnits(bytes, units);
        return count < 0 ? null : new string(units, 0, count);
    }
}
