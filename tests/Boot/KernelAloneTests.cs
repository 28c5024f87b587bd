// The guest kernel without us, in QEMU, which starts multiboot images itself: an independent check that the guest is
// right. On a processor with all that the kernel uses it must print what it prints under us.

using System;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot;

public sealed class KernelAloneTests
{
    private const string Machine =
        "-nodefaults -display none -monitor none -serial stdio -no-reboot -m 32 -kernel out/kernel/kernel.bin -cpu ";

    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task PrintsWhatItPrintsUnderUs()
    {
        string transcript = Path.Combine(Row.Folder, "transcripts", "kernel.out");
        Assert.Null(Transcript.Difference(transcript, await Run("max")));
    }

    // No AVX, no SMEP or SMAP, no pages of 1 GiB, no XSAVE.
    [Fact]
    public async Task NeedsNothingButLongMode() =>
        Assert.Contains("19 passed, 0 failed", await Run("qemu64,-xsave,-smep,-smap"));

    // The same, and what only several processors can do; with x2APIC and without.
    [Theory]
    [InlineData("max")]
    [InlineData("qemu64,-x2apic")]
    public async Task RunsOnFourProcessors(string processor)
    {
        string output = await Run(processor + " -smp 4");
        Assert.Contains("4 processors", output);
        Assert.Contains("ok     pages change for all", output);
        Assert.Matches("2[34] passed, 0 failed", output);
    }

    private static async Task<string> Run(string processor)
    {
        var start = new ProcessStartInfo("qemu-system-x86_64", Machine + processor)
        {
            WorkingDirectory = Row.Repository,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        await process.StandardInput.WriteAsync("help\nselftest\npoweroff\n");
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (await Task.WhenAny(output, Task.Delay(s_longest)) != output)
        {
            process.Kill();
        }

        return await output;
    }
}
