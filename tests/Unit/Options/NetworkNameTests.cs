using MinusOne.Efi.Options;
using Xunit;

namespace MinusOne.Tests.Unit.Options;

public sealed class NetworkNameTests
{
    [Theory]
    [InlineData("lan0", true, 1)]
    [InlineData("lan7", true, 8)]
    [InlineData("none", true, 0)]
    [InlineData("lan8", false, 0)]
    [InlineData("lan", false, 0)]
    [InlineData("lan01", false, 0)]
    [InlineData("eth0", false, 0)]
    public void NamesOneOfEightOrNone(string text, bool isName, byte number)
    {
        Assert.Equal(isName, NetworkName.TryParse(System.Text.Encoding.ASCII.GetBytes(text), out byte parsed));
        Assert.Equal(number, parsed);
    }
}
