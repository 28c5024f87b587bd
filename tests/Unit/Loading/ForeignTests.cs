// What is said of files that are something else.

using System;
using System.Linq;
using System.Text;
using MinusOne.Tests.Loading;
using Xunit;

namespace MinusOne.Tests.Unit.Loading;

public sealed class ForeignTests
{
    // For ARM64 and RISC-V they are PE as well.
    private static byte[] ForeignLinux(int at, params byte[] magic)
    {
        byte[] file = new byte[0x1000];
        file[0] = (byte)'M';
        file[1] = (byte)'Z';
        magic.CopyTo(file, at);
        return file;
    }

    private static byte[] Multiboot2()
    {
        byte[] file = new byte[0x8000];
        byte[] words = [0xD6, 0x50, 0x52, 0xE8];
        words.CopyTo(file, 0x7FF0);
        return file;
    }

    public static TheoryData<string, byte[]> Files => new()
    {
        { "it is empty", [] },
        { "it is a Linux kernel for another processor", ForeignLinux(0x38, "ARMd"u8.ToArray()) },
        { "it is a Linux kernel for another processor", ForeignLinux(0x38, "RSC\u0005"u8.ToArray()) },
        { "it is a Linux kernel for another processor", ForeignLinux(0x24, 0x18, 0x28, 0x6F, 0x01) },
        { "it has a multiboot 2 header", Multiboot2() },
        { "it is ELF without a multiboot header", new ElfWriter(true).ToArray() },
        { "it ends before what its headers promise", "\u007FELF"u8.ToArray() },
        { "it is compressed with gzip", [0x1F, 0x8B, 8, 0, 0, 0] },
        { "it is compressed with xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0] },
        { "it is compressed with zstd", [0x28, 0xB5, 0x2F, 0xFD] },
        { "it is a PE program", [(byte)'M', (byte)'Z', 0x90, 0] },
        { "it is text", Encoding.UTF8.GetBytes("#!/bin/sh\nécho hello\n") },
        { "it is text", [.. Enumerable.Repeat((byte)'a', 76), .. Enumerable.Repeat((byte)0xC3, 24)] },
        { "it has no header that", [.. Enumerable.Repeat((byte)'a', 75), .. Enumerable.Repeat((byte)0xC3, 25)] },
        { "it has no header that says what it is", [0xF4] },
        { "it has no header that says what it is", Enumerable.Repeat((byte)0, 10_000).ToArray() },
        { "it is larger than the guest's memory", new byte[LoadMachine.Memory + 1] },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void IsCalledByItsName(string sentence, byte[] file)
    {
        using var machine = new LoadMachine();
        Assert.StartsWith(sentence, machine.Load(file));
        Assert.Equal(0ul, machine.Use.Pages);
    }

    [Fact]
    public void EveryRefusalHasASentenceOfItsOwn()
    {
        LoadStatus[] refusals = [.. Enum.GetValues<LoadStatus>().Where(status => status != LoadStatus.Ready)];
        string[] sentences = [.. refusals.Select(status => Encoding.ASCII.GetString(Names.OfLoadStatus((uint)status)))];
        Assert.Equal(sentences.Distinct(), sentences);
        Assert.All(sentences, sentence => Assert.InRange(sentence.Length, 10, 90));
    }
}
