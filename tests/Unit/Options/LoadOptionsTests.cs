// What a UEFI shell passes becomes lines as a file has them: names in one line, each pair in its own.

using System;
using System.Text;
using MinusOne.Efi.Options;
using Xunit;

namespace MinusOne.Tests.Unit.Options;

public sealed class LoadOptionsTests
{
    [Theory]
    [InlineData("BOOTX64.EFI hello memory=64M", "hello", "memory", "64M")]
    [InlineData("hello registers memory=64M", "hello registers", "memory", "64M")]
    [InlineData("a.efi cmdline=\"console=ttyS0 quiet\" x", "x", "cmdline", "console=ttyS0 quiet")]
    [InlineData("\"cmdline=a b\"", "", "cmdline", "a b")]
    [InlineData("cmdline=\"a # b\"", "", "cmdline", "a # b")]
    [InlineData("x cmdline=#\0 y", "x", "cmdline", "#")]
    [InlineData("file=\u00fc", "", "file", "?")]
    [InlineData("memory=", "", "memory", "")]
    [InlineData("bootx64 hello seed=3", "hello", "seed", "3")]
    [InlineData("BOOTX64 hello seed=3", "hello", "seed", "3")]
    [InlineData(@"FS0:\EFI\BOOT\BootX64 hello seed=3", "hello", "seed", "3")]
    [InlineData("\"fs0:\\my files\\bootx64.efi\" hello seed=3", "hello", "seed", "3")]
    [InlineData("\"fs0:\\my files\\bootx64\" hello seed=3", "hello", "seed", "3")]
    [InlineData("\uFEFFother.efi hello seed=3", "hello", "seed", "3")]
    [InlineData("hello bootx64 seed=3", "hello bootx64", "seed", "3")]
    public void WordsBecomeLines(string words, string names, string key, string value)
    {
        byte[] space = new byte[256];
        int length = LoadOptions.ToLines(words, "BOOTX64.EFI", space);
        var lines = new OptionText(space.AsSpan(0, length));
        Assert.Equal(names != "", lines.TryGet("run"u8, out ReadOnlySpan<byte> run));
        Assert.Equal(names, Encoding.ASCII.GetString(run));
        Assert.True(lines.TryGet(Encoding.ASCII.GetBytes(key), out ReadOnlySpan<byte> found));
        Assert.Equal(value, Encoding.ASCII.GetString(found));
    }

    [Fact]
    public void WhatDoesNotFitIsDropped()
    {
        byte[] space = new byte[20];
        Assert.Equal(20, LoadOptions.ToLines("hello memory=64M cmdline=x", "", space));
        Assert.Equal("run = hello \nmemory=", Encoding.ASCII.GetString(space));
    }
}
