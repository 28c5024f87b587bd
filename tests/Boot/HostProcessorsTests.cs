// A machine with several processors, all of which the hypervisor brings up: each comes to C# on a stack of its own, and
// a guest runs on the first as before. In QEMU alone: in Bochs firmware lists one processor, whatever there is.

using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot;

public sealed class HostProcessorsTests
{
    [Theory]
    [InlineData("hello --host-cpus 4 --machine qemu", "processors: 4 of 4 at work\n")]
    [InlineData("hello --machine qemu --qemu \"-smp 4\" --set hostcpus=3", "processors: 3 of 3 at work\n")]
    [InlineData(
        "hello --host-cpus 4 --machine bochs",
        "minusone: hostcpus = 4, and the machine has 1 processor; used: 1\n")]
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

    [Fact]
    public async Task NoNumberIsRefused()
    {
        RunProcess run = await RunProcess.Run("hello --machine qemu --set hostcpus=0", 60, default);
        Assert.Equal(2, run.Status);
        Assert.Contains("minusone: hostcpus = 0 is no number of processors: give 1 or more, like 4\n", run.Error);
    }
}
