// Sizes mean the same here and in the image, and a size that cannot be is refused with a reason.

extern alias runner;

using runner::MinusOne.Ovmf.Runner;
using runner::MinusOne.Ovmf.Runner.Machines;
using runner::MinusOne.Ovmf.Runner.Options;
using Xunit;

namespace MinusOne.Tests.Unit.Runner;

public sealed class MemorySizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("4096", 4096)]
    [InlineData("64K", 64 << 10)]
    [InlineData("32M", 32 << 20)]
    [InlineData("32m", 32 << 20)]
    [InlineData("1G", 1 << 30)]
    public void ReadsSizes(string text, long expected) => Assert.Equal((ulong)expected, MemorySize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("12x")]
    [InlineData("-1")]
    [InlineData(" 1")]
    [InlineData("1.5G")]
    [InlineData("1MM")]
    [InlineData("0x10")]
    [InlineData("18446744073709551616")]
    [InlineData("18446744073709551615K")]
    public void RefusesWhatIsNoSize(string text) => Assert.Null(MemorySize.Parse(text));

    [Theory]
    [InlineData("junk", "is not a size")]
    [InlineData("0", "some memory")]
    [InlineData("0G", "some memory")]
    [InlineData("3073M", "at most 3G")]
    public void RefusesWhatNoGuestCanHave(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<SetUpException>(() => MemorySize.ParseGuest(text)).Message);

    [Theory]
    [InlineData(0UL, "0")]
    [InlineData(1000UL, "1000")]
    [InlineData(1536UL << 10, "1536K")]
    [InlineData(32UL << 20, "32M")]
    [InlineData(3UL << 30, "3G")]
    [InlineData(2048UL << 30, "2048G")]
    public void WritesTheShortestExactForm(ulong bytes, string expected)
    {
        Assert.Equal(expected, MemorySize.Format(bytes));
        Assert.Equal(bytes, MemorySize.Parse(expected));
    }

    [Theory]
    [InlineData(null, 512UL)]
    [InlineData(32UL << 20, 512UL)]
    [InlineData(256UL << 20, 512UL)]
    [InlineData((256UL << 20) + 1, 513UL)]
    [InlineData(3UL << 30, 3328UL)]
    public void GivesTheMachineMoreThanItsGuest(ulong? guest, ulong mebibytes) =>
        Assert.Equal(mebibytes, MachinePlan.MachineMemory(guest));
}
