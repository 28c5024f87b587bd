// The hostile guest from many seeds in one boot: it ends by itself from every one, and the next comes to a hypervisor
// that is as it was.

using System;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot;

public sealed class HostileTests
{
    [Fact]
    public Task TwentySeeds() => Run("1..20", 1_000, 300);

    [Fact]
    [Trait("Speed", "Slow")]
    public Task TwentySeedsForLong() => Run("1..20", 10_000, 1_200);

    [Fact]
    [Trait("Speed", "Slow")]
    public Task AThousandSeeds() => Run("1..1000", 1_000, 3_600);

    private static async Task Run(string seeds, int count, int seconds)
    {
        string arguments = $"hostile --machine bochs --seeds {seeds} --count {count}";
        RunProcess run = await RunProcess.Run(arguments, seconds, ReadOnlyMemory<byte>.Empty);
        Assert.True(run.Status == 0, run.ToString());
        Assert.Contains($"{seeds[3..]} seeds, 0 not as expected", run.Error);
    }
}
