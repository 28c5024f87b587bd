// Guests that are saved amid their work and put back: in the same run, and in another one from a file. The C# kernel
// tests itself meanwhile, and must not notice.

using System;
using System.Collections.Generic;
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

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-");

    public void Dispose() => _folder.Delete(recursive: true);

    // Saved in a test, restored behind the last one: what follows passes again. Four processors beside one.
    [Fact]
    public async Task TheKernelGoesOnInTheSameRun()
    {
        RunProcess run = await Converse("kernel --machine qemu --vcpus 4", Rounds(AllGood, 20));
        Assert.True(run.Status == 0, $"{run}");
        Assert.Equal(2, Count(run.Text, AllGood));
        Assert.Contains("bytes in the hypervisor's memory", run.Text);
    }

    // And from a file, in another run; the machine of another vendor says why not, and so does the runner if the file
    // is not whole.
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
        Assert.Contains("cannot go on from its snapshot: it was made on a processor with the other vendor", run.Error);
        Assert.Contains("end=not-loaded", run.Error);
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

    private async Task SaveAndLoad(string machine)
    {
        RunProcess run = await Converse($"kernel --machine {machine}",
        [
            new Typed("type help", Begin(20, "mid")),
            new Typed(Good, Bytes("poweroff\n")),
        ]);
        Assert.True(run.Status == 0, $"{run}");
        Assert.Contains("run: the snapshot is in out/snapshots/mid; --load takes it", run.Error);
        run = await Converse($"--load out/snapshots/mid --machine {machine}",
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

    private static int Count(string text, string part) => Regex.Count(text, Regex.Escape(part));

    private Task<RunProcess> Converse(string arguments, IReadOnlyList<Typed> input, int seconds = Seconds) =>
        RunProcess.Converse(arguments + " --escape", seconds, input, _folder.FullName);

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);
}
