// Several kernels in one machine and one keyboard: each is typed at in turn, and the monitor ends one of them, in the
// middle of what it prints, and starts it again; the other does not notice.

using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot.Console;

public sealed class SeveralTests
{
    private const string Good = " kernel] 20 passed, 0 failed";

    [Fact]
    public async Task TwoKernels()
    {
        using var run = new Conversation("kernel kernel");
        await run.Sees("[2 kernel] >");
        await run.Types("selftest\n");
        await run.Sees("[1" + Good);
        await run.Types("\x01" + "2selftest\n");
        await run.Sees("[2" + Good);

        await run.Types("selftest\n");
        await run.Sees("[2 kernel] ok     pipe");
        await run.Types("\x01" + "cstop\n");
        await run.Types("\x01" + "1echo still here\n");
        await run.Sees("[1 kernel] still here");
        await run.Types("\x01" + "cstart\n");
        await run.Sees("[2 kernel] >");
        await run.Types("\x01" + "2echo born again\n");
        await run.Sees("[2 kernel] born again");
        await run.Types("\x01" + "crestart\n");
        await run.Sees("[2 kernel] >");
        await run.Types("\x01" + "2poweroff\n\x01" + "1poweroff\n");
        string log = await run.Ends(0);
        Assert.Equal(3, log.Split("name=kernel end=stopped expected=yes").Length);
        Assert.Equal(3, log.Split("name=kernel end=power-off expected=yes").Length);
        Assert.Contains("every frame has come back", log);
    }

    // The lines that are no good are said with their places; the rest counts.
    [Fact]
    public async Task GuestsOfAFile()
    {
        RunProcess run = await RunProcess.Run("--config tests/Boot/two.conf", 90, default);
        Assert.True(run.Status == 0, run.ToString());
        Assert.Contains("minusone.conf:5:10: no number\n", run.Error);
        Assert.Contains("minusone.conf:11:1: unknown key\n", run.Error);
        Assert.Contains("minusone.conf:13:1: this guest was there before\n", run.Error);
        Assert.Contains("[2 two] touched 64 pages of 4096", run.Text);
        Assert.Contains("  one               3      ", run.Error);
    }

    // What NimbOS asks of its machine it gets while another guest is there.
    [Fact]
    public async Task NimbOsAndOurOwn()
    {
        using var run = new Conversation("kernel nimbos-contract");
        await run.Sees("[2 nimbos-contract] power-off");
        await run.Types("selftest\npoweroff\n");
        await run.Sees("[1" + Good);
        await run.Ends(0);
    }
}
