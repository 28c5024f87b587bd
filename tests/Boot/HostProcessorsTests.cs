// A machine with several processors, all of which the hypervisor brings up: each comes to C# on a stack of its own, and
// guests that are there together run side by side. In Bochs firmware's table lists one processor, whatever there is: it
// is firmware's own services that name the others.

using System.Text;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot;

public sealed class HostProcessorsTests
{
    [Theory]
    [InlineData("hello --host-cpus 4 --machine qemu", "processors: 4 of 4 at work\n")]
    [InlineData("hello --machine qemu --qemu \"-smp 4\" --set hostcpus=3", "processors: 3 of 3 at work\n")]
    [InlineData("hello --host-cpus 2 --machine bochs", "processors: 2 of 2 at work\n")]
    [InlineData(
        "hello --machine qemu --qemu \"-smp 2\" --set hostcpus=4",
        "minusone: hostcpus = 4, and the machine has 2 processors; used: 2\n")]
    [InlineData(
        "hello --host-cpus 2 --machine qemu --trace",
        "hostcpus = 2, but a debugger, a trace, a profile and a snapshot take one; one is used\n")]
    public async Task AreBroughtUp(string arguments, string told)
    {
        RunProcess run = await RunProcess.Run(arguments, 120, default);
        Assert.True(run.Status == 0, run.ToString());
        Assert.Contains(told, run.Error.Replace("\r", ""));
        Assert.Contains("Hello, world!", run.Text);
        Assert.DoesNotContain("left out", run.Error);
    }

    // SVM and VT-x. Each guest is let go of on the processor that it ran on.
    [Theory]
    [InlineData("qemu", "SVM off")]
    [InlineData("bochs", "VT-x off")]
    public async Task GuestsRunSideBySide(string machine, string off)
    {
        RunProcess run = await RunProcess.Run(
            $"hello hello poweroff hello --together --host-cpus 4 --machine {machine}", 120, default);
        Assert.True(run.Status == 0, run.ToString());
        Assert.Contains("processors: 4 of 4 at work", run.Error);
        Assert.Equal(4, Times(run.Error, "minusone: guest name="));
        Assert.Equal(3, Times(run.Error, "name=hello end=halt expected=yes"));
        Assert.Equal(1, Times(run.Error, "name=poweroff end=power-off expected=yes"));
        Assert.Contains("[1 hello] Hello, world!", run.Text);
        Assert.Contains("[4 hello] Hello, world!", run.Text);
        Assert.Contains("every frame has come back", run.Error);
        Assert.Equal(4, Times(run.Error, off));
    }

    // A guest's four processors at the same time: each interrupt arrives where it is meant to, and nothing is lost that
    // they count together.
    [Theory]
    [InlineData("qemu", "SVM off")]
    [InlineData("bochs", "VT-x off")]
    public async Task AGuestsProcessorsRunAtTheSameTime(string machine, string off)
    {
        RunProcess run = await RunProcess.Run($"smp --host-cpus 4 --machine {machine}", 240, default);
        Assert.True(run.Status == 0, run.ToString());
        Assert.Contains("counted under a lock: 200000", run.Text);
        Assert.Contains("to all others        0 1 1 1", run.Text);
        Assert.Contains("processor 1 is up", run.Text);
        Assert.Contains("every frame has come back", run.Error);
        Assert.Equal(4, Times(run.Error, off));
    }

    // Linux with four of them, each of which has work, interrupts of its own, and calls from others.
    [Fact]
    public async Task LinuxHasFourProcessors()
    {
        RunProcess run = await RunProcess.Converse("linux --vcpus 4 --host-cpus 4 --machine qemu", 240,
        [
            new Typed("/ # ", Bytes("nproc\n")),
            new Typed("\n4", Bytes(Work)),
            new Typed("\nover", Bytes(SnapshotTests.Complaints + "poweroff\n")),
        ]);
        Assert.True(run.Status == 0, run.ToString());
        Assert.Contains("Total of 4 processors activated", run.Text);
        Assert.Contains("complaints: 0", run.Text);
    }

    // Eight loops, and files that all processors write and read.
    private const string Work =
        "for i in 1 2 3 4 5 6 7 8; do (x=0; while [ $x -lt 20000 ]; do x=$((x+1)); done; "
        + "ls -lR /sys/devices > /tmp/$i; cat /tmp/$i | md5sum > /dev/null) & done; wait; echo over\n";

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    [Fact]
    public async Task NoNumberIsRefused()
    {
        RunProcess run = await RunProcess.Run("hello --machine qemu --set hostcpus=0", 60, default);
        Assert.Equal(2, run.Status);
        Assert.Contains("minusone: hostcpus = 0 is no number of processors: give 1 or more, like 4\n", run.Error);
    }

    // What has no processor at work does not start, and the others go on.
    [Theory]
    [InlineData("--host-cpus 2 --set cpus=2-3", 1, "guest 'hello' cannot start: cpus = 2-3, and at work: 0-1\n")]
    [InlineData("--host-cpus 2 --set cpus=1-2", 0, "guest 'hello': cpus = 1-2, of which are at work: 1\n")]
    [InlineData("--set cpus=2-", 2, "minusone: cpus = 2- names no processors: give numbers below 64 and ranges, ")]
    public async Task GuestsStayOnTheirProcessors(string options, int status, string told)
    {
        RunProcess run = await RunProcess.Run($"hello --machine qemu {options}", 60, default);
        Assert.Equal(status, run.Status);
        Assert.Contains(told, run.Error.Replace("\r", ""));
        Assert.Equal(status == 0, run.Text.Contains("Hello, world!"));
    }

    private static int Times(string text, string part) => text.Split(part).Length - 1;
}
