// Only a well-formed result line ends a run; everything else is log.

extern alias runner;

using runner::MinusOne.Ovmf.Runner.Serial;
using Xunit;

namespace MinusOne.Tests.Unit.Runner;

public sealed class ResultLineTests
{
    [Fact]
    public void ReadsStatusAndValues()
    {
        ResultLine result = ResultLine.Parse("minusone: result status=1 guest=hello end=triple-fault exits=12")!;
        Assert.Equal(1, result.Status);
        Assert.Equal("triple-fault", result.Values["end"]);
        Assert.Equal("12", result.Values["exits"]);
    }

    [Theory]
    [InlineData("minusone: result")]
    [InlineData("minusone: result ")]
    [InlineData("minusone: result guest=hello")]
    [InlineData("minusone: result status=")]
    [InlineData("minusone: result status=-1")]
    [InlineData("minusone: result status=256")]
    [InlineData("minusone: result status=one")]
    [InlineData(" minusone: result status=0")]
    [InlineData("minusone: status=0")]
    [InlineData("")]
    public void IgnoresOtherLines(string line) => Assert.Null(ResultLine.Parse(line));
}
