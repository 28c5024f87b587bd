// What the runner refuses before it starts a machine: every kernel, BIOS and option that the image would refuse.

extern alias runner;

using System;
using System.Text;
using MinusOne.Tests.Loading;
using runner::MinusOne.Ovmf.Runner;
using runner::MinusOne.Ovmf.Runner.Guests;
using runner::MinusOne.Ovmf.Runner.Options;
using Xunit;

namespace MinusOne.Tests.Unit.Runner;

public sealed class KernelCheckTests : IDisposable
{
    private const uint Load = 0x10_0000;
    private const uint NimbOs = 0x20_0000;

    private static readonly Catalogue s_catalogue = Catalogue.Parse(["hello\tD1\tsays hello\toff"]);

    private readonly HostFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("empty", "it is empty")]
    [InlineData("text", "it is text")]
    [InlineData("zeros", "no header that says what it is")]
    [InlineData("gzip", "compressed with gzip")]
    [InlineData("linux", "")]
    [InlineData("linux", "memory ends before what it needs to begin", "--memory", "32M")]
    [InlineData("linux", "memory ends before what it needs to begin", "--set", "memory=32M")]
    [InlineData("linux", "", "--set", "memory=128M")]
    [InlineData("linux", "", "--cmdline", "quiet")]
    [InlineData("zimage", "it is a 16-bit-only Linux kernel")]
    [InlineData("pe", "it is a PE program")]
    [InlineData("plain-elf", "it is ELF without a multiboot header")]
    [InlineData("other-elf", "it is ELF for another processor")]
    [InlineData("cut-elf", "it ends before what its headers promise")]
    [InlineData("cut", "it ends before what its headers promise (0x14000)")]
    [InlineData("big-bss", "its end, bss included, is outside the guest's memory (0x4000000)")]
    [InlineData("nimbos", "", "--memory", "64M")]
    [InlineData("nimbos", "its load address is outside the guest's memory (0x200000)", "--memory", "2M")]
    [InlineData("nimbos", "", "--cmdline", "quiet")]
    [InlineData("low", "it overlaps the BIOS and its stack")]
    [InlineData("zeros", "", "--entry", "0x200000")]
    [InlineData("zeros", "its load address is outside", "--entry", "0x2000000")]
    [InlineData("zeros", "its end, bss included, is outside", "--entry", "0x1FFF000")]
    [InlineData("zeros", "only a kernel for multiboot, PVH or Linux", "--entry", "0x200000", "--cmdline", "x")]
    [InlineData("zeros", "it is larger than the guest's memory", "--entry", "0", "--memory", "64K")]
    [InlineData("good", "not NimbOS", "nimbos")]
    [InlineData("good", "'hello' is built in", "hello")]
    public void JudgesAKernelAsTheImageDoes(string kernel, string sentence, params string[] more)
    {
        string file = _files.Write(kernel, Kernel(kernel));
        Judge(sentence, ["--kernel", file, .. more]);
    }

    // A guest that the configuration describes may name the kernel by its place on the disk; others may not.
    [Theory]
    [InlineData("[web]\nkernel = \\minusone\\kernel.bin\n", "")]
    [InlineData("[other]\n", "'web' is built in")]
    public void DescribedGuestsShareAKernel(string config, string sentence)
    {
        string kernel = _files.Write("nimbos", Kernel("nimbos"));
        string file = _files.Write("guests.conf", System.Text.Encoding.ASCII.GetBytes(config));
        Judge(sentence, ["web", "--kernel", kernel, "--config", file]);
    }

    [Theory]
    [InlineData(0, "the BIOS is empty")]
    [InlineData(4096, "")]
    [InlineData(4097, "the BIOS is larger than its page of 4096 bytes, and not whole pages of it")]
    [InlineData(0x37_C000, "")]
    [InlineData(0x4_0000, "")]
    public void JudgesABios(int length, string sentence)
    {
        string file = _files.Write("bios", new byte[length]);
        Judge(sentence, ["--bios", file]);
        Judge(sentence, ["hello", "--bios", file]);
    }

    [Theory]
    [InlineData("", "kernel")]
    [InlineData("--entry needs a kernel", "hello", "--entry", "5")]
    [InlineData("--cmdline needs a kernel", "--cmdline", "x")]
    [InlineData("", "kernel", "--set", "kernel=\\other.bin")]
    public void AsksForAKernel(string sentence, params string[] words) => Judge(sentence, words);

    private static void Judge(string sentence, string[] words)
    {
        void Parse() => new RunCommand().Parse(words, s_catalogue, out _);
        if (sentence.Length == 0)
        {
            Parse();
        }
        else
        {
            Assert.Contains(sentence, Assert.Throws<SetUpException>(Parse).Message);
        }
    }

    private static byte[] Kernel(string name) => name switch
    {
        "empty" => [],
        "text" => Encoding.UTF8.GetBytes("#!/bin/sh\necho häh?\n"),
        "gzip" => [0x1F, 0x8B, .. new byte[100]],
        "linux" => new LinuxWriter { Preferred = 64 << 20 }.ToArray(),
        "zimage" => new LinuxWriter { LoadFlags = 0 }.ToArray(),
        "pe" => [(byte)'M', (byte)'Z', .. new byte[1000]],
        "plain-elf" => Elf(3, hasHeader: false),
        "other-elf" => Elf(0xF3, hasHeader: true),
        "cut-elf" => Elf(3, hasHeader: true)[..^0x180],
        "cut" => MultibootWriter.Flat(0x1000, 0, Load, Load + 0x14000, 0, Load),
        "big-bss" => MultibootWriter.Flat(0x1000, 0, Load, Load + 0x1000, 0x400_0000, Load),
        "low" => MultibootWriter.Flat(0x1000, 0, 0x7000, 0, 0, 0x7000),
        "good" => MultibootWriter.Flat(0x1000, 0, Load, 0, 0, Load),
        "nimbos" => MultibootWriter.Flat(0x1000, 0, NimbOs, 0, 0, NimbOs),
        _ => new byte[0x1_1000],
    };

    private static byte[] Elf(ushort machine, bool hasHeader)
    {
        byte[] code = new byte[0x200];
        (hasHeader ? MultibootWriter.Header(0) : []).CopyTo(code, 0);
        var elf = new ElfWriter(isWide: false) { Machine = machine, Entry = Load, HasSectionTable = false };
        elf.Segment(Load, code, 0x200);
        return elf.ToArray();
    }
}
