// The address types: page arithmetic.

using Xunit;

namespace MinusOne.Tests.Unit;

public sealed class AddressTests
{
    [Theory]
    [InlineData(0UL, 0UL, 0u)]
    [InlineData(0xFFFUL, 0UL, 0xFFFu)]
    [InlineData(0x20_0000UL, 0x20_0000UL, 0u)]
    [InlineData(ulong.MaxValue, 0xFFFF_FFFF_FFFF_F000UL, 0xFFFu)]
    public void PageAndOffset(ulong address, ulong page, uint offset)
    {
        var gpa = new Gpa(address);
        Assert.Equal(page, gpa.Page.Value);
        Assert.Equal(offset, gpa.PageOffset);
        Assert.True(gpa.Page + offset == gpa);
    }
}
