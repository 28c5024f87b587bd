// Input that is not typed passes the hypervisor's escapes.

extern alias runner;

using runner::MinusOne.Ovmf.Runner.Serial;
using Xunit;

namespace MinusOne.Tests.Unit.Runner;

public sealed class EscapeDoublerTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("abc", "abc")]
    [InlineData("\u0001x", "\u0001\u0001x")]
    [InlineData("\u0001\u0001", "\u0001\u0001\u0001\u0001")]
    public void EveryEscapeIsDoubled(string input, string output)
    {
        byte[] buffer = new byte[2 * input.Length];
        int length = EscapeDoubler.Double(System.Text.Encoding.Latin1.GetBytes(input), buffer);
        Assert.Equal(output, System.Text.Encoding.Latin1.GetString(buffer, 0, length));
    }
}
