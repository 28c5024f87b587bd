// Guests that are saved amid their work and put back: in the same run, in another one from a file, and on a processor
// of the other make. The C# kernel tests itself meanwhile, Linux counts, and neither must notice.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot;

public sealed class SnapshotTests : IDisposable
{
    private const int Seconds = 240;
    private const string Good = "20 passed, 0 failed";
    private const string AllGood = "24 passed, 0 failed";

    // Looks at the console that go by before a snapshot: the kernel's test has begun, and is not near its end.
    private const int FirstLooks = 10;

    // What the shell counts, and the seconds beside it; and what the kernel has had to complain of.
    private const string Loop =
        "i=0; while [ $i -lt 8 ]; do i=$((i+1)); echo n$i $(date +%s); sleep 1; done; echo over\n";

    internal const string Complaints =
        "echo complaints: $(dmesg | grep -ciE 'unchecked|call trace|unstable|stall|lockup|firmware bug')\n";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-");

    public void Dispose() => _folder.Delete(recursive: true);

    // Saved in a test, restored behind the last one: what follows passes again. Four processors beside one.
    [Fact]
    public async Task TheKernelGoesOnInTheSameRun()
    {
        RunProcess run = await Converse("kernel --machine qemu --vcpus 4", Rounds(AllGood, 20));
        Assert.True(run.Status == 0, $"{run}");
        Assert.Equal(2, Count(run.Text, AllGood));
        Assert.Contains("bytes copied into the hypervisor's memory", run.Text);
    }

    // And from a file, in another run; the runner says why not if it is not whole.
    [Fact]
    public async Task TheKernelGoesOnInAnotherRun()
    {
        await SaveAndLoad("qemu");
        byte[] file = await File.ReadAllBytesAsync(PathOf("out/snapshots/mid"));
        await File.WriteAllBytesAsync(PathOf("cut"), file[..^100]);
        RunProcess run = await Converse("--load cut", []);
        Assert.Equal(2, run.Status);
        Assert.Contains("cannot load 'cut': its end is missing; save it again, or copy it whole", run.Error);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task BochsGoesOnInTheSameRunAndInAnother()
    {
        RunProcess run = await Converse("kernel --machine bochs", Rounds(Good, 20));
        Assert.True(run.Status == 0, $"{run}");
        Assert.Equal(2, Count(run.Text, Good));
        await SaveAndLoad("bochs");
        run = await Converse("--load out/snapshots/mid --machine qemu", []);
        Assert.Equal(1, run.Status);
        Assert.Contains("this processor lacks of CPUID's leaf ", run.Error);
        Assert.Contains("cannot go on from its snapshot: its guest has seen features that this processor", run.Error);
        Assert.Contains("end=not-loaded", run.Error);
    }

    // From VT-x to SVM and back, where the TSC counts 26 times as fast, or as slow: the kernel's clocks still agree,
    // and it sees the processor that it began on.
    [Theory]
    [InlineData("bochs", "qemu", "GenuineIntel")]
    [InlineData("qemu", "bochs", "AuthenticAMD")]
    public async Task TheKernelMovesToTheOtherMake(string from, string to, string maker)
    {
        await Save($"kernel --machine {from} --set portable=on");
        RunProcess run = await Converse($"--load out/snapshots/mid --machine {to}",
        [
            new Typed(Good, Bytes("cpuid\nselftest\n")),
            new Typed(Good, Bytes("poweroff\n")),
        ]);
        Assert.True(run.Status == 0, $"{run}");
        Assert.Equal(2, Count(run.Text, Good));
        Assert.Contains($"processor {maker}", run.Text);
    }

    // A loop of the shell's goes on from its fifth number and its fifth second, and the kernel complains of nothing.
    // The second snapshot has little to copy.
    [Fact]
    public async Task LinuxGoesOnInTheSameRun()
    {
        RunProcess run = await Converse("linux --machine qemu",
        [
            new Typed("/ # ", Bytes(Loop)),
            new Typed("\nn4 ", Bytes("\x01" + "csnapshot save\nsnapshot save\ncontinue\n")),
            new Typed("\nover", Bytes("\x01" + "csnapshot load\ncontinue\n")),
            new Typed("\nover", Bytes(Complaints + "poweroff\n")),
        ]);
        Assert.True(run.Status == 0, $"{run}");
        Assert.Matches("saved: [0-9]{5} pages that hold something; [0-9]{8} bytes", run.Text);
        Assert.Matches("saved: [0-9]{5} pages that hold something, [0-9]{1,3} changed since the last", run.Text);
        (int Number, long Second)[] counted = Counted(run.Text);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 5, 6, 7, 8], counted.Select(pair => pair.Number));
        Assert.InRange(counted[8].Second - counted[4].Second, 0, 1);
        Assert.Contains("complaints: 0", run.Text);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task LinuxGoesOnInAnotherRun()
    {
        RunProcess run = await Converse("linux --machine qemu",
        [
            new Typed("/ # ", Bytes(Loop)),
            new Typed("\nn4 ", Bytes("\x01" + "csnapshot save mid\ncontinue\n")),
            new Typed("\nover", Bytes("poweroff\n")),
        ], seconds: 500);
        Assert.True(run.Status == 0, $"{run}");
        (int Number, long Second)[] before = Counted(run.Text);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], before.Select(pair => pair.Number));
        run = await Converse("--load out/snapshots/mid --machine qemu",
            [new Typed("\nover", Bytes(Complaints + "poweroff\n"))]);
        Assert.True(run.Status == 0, $"{run}");
        Assert.DoesNotContain("Linux version", run.Text);
        Assert.Equal([.. before[4..].Select(pair => pair.Number)], Counted(run.Text).Select(pair => pair.Number));
        Assert.InRange(Counted(run.Text)[0].Second - before[4].Second, 0, 1);
        Assert.Contains("complaints: 0", run.Text);
    }

    // A hundred, each amid another test than the one before, each restored when all were over.
    [Fact]
    [Trait("Speed", "Slow")]
    public async Task AHundredGoOn()
    {
        int[] looks = [.. Enumerable.Range(0, 100).Select(i => FirstLooks + (i * 7 % 40))];
        RunProcess run = await Converse("kernel --machine qemu", Rounds(Good, looks), seconds: 900);
        Assert.True(run.Status == 0, $"{run}");
        Assert.Equal(200, Count(run.Text, Good));
        Assert.Equal(100, Count(run.Text, "loaded: the guest stands where it stood then"));
    }

    private async Task Save(string kernel)
    {
        RunProcess run = await Converse(kernel,
        [
            new Typed("type help", Begin(20, "mid")),
            new Typed(Good, Bytes("poweroff\n")),
        ]);
        Assert.True(run.Status == 0, $"{run}");
        Assert.Contains("run: the snapshot is in out/snapshots/mid; --load takes it", run.Error);
    }

    private async Task SaveAndLoad(string machine)
    {
        await Save($"kernel --machine {machine}");
        RunProcess run = await Converse($"--load out/snapshots/mid --machine {machine}",
            [new Typed(Good, Bytes("echo as if nothing had happened\npoweroff\n"))]);
        Assert.True(run.Status == 0, $"{run}");
        Assert.Contains("guest 'kernel' goes on from a snapshot", run.Error);
        Assert.DoesNotContain("type help", run.Text);
        Assert.Contains("\nas if nothing had happened\r\n", run.Text);
    }

    // The kernel's own test, saved after so many looks, and restored at its end.
    private static List<Typed> Rounds(string good, params int[] looks)
    {
        var input = new List<Typed>();
        string prompt = "type help";
        foreach (int count in looks)
        {
            input.Add(new Typed(prompt, Begin(count, "")));
            input.Add(new Typed(good, Bytes("\x01" + "csnapshot load\ncontinue\n")));
            input.Add(new Typed(good, default));
            prompt = "\n> ";
        }

        input.Add(new Typed(prompt, Bytes("poweroff\n")));
        return input;
    }

    // All at once, for whoever waits for a line of the test may be too late: each time that the monitor is left, the
    // guest has the time until the next look.
    private static ReadOnlyMemory<byte> Begin(int looks, string name) => Bytes("selftest\n"
        + string.Concat(Enumerable.Repeat("\x01" + "ccontinue\n", looks))
        + "\x01" + $"csnapshot save {name}\ncontinue\n");

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static (int Number, long Second)[] Counted(string text) =>
    [
        .. Regex.Matches(text, @"^n(\d) (\d+)", RegexOptions.Multiline).Select(match => (
            int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture),
            long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))),
    ];

    private static int Count(string text, string part) => Regex.Count(text, Regex.Escape(part));

    private Task<RunProcess> Converse(string arguments, IReadOnlyList<Typed> input, int seconds = Seconds) =>
        RunProcess.Converse(arguments + " --escape", seconds, input, _folder.FullName);

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);
}
