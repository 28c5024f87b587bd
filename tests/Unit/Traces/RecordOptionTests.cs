// Words that say which exits are recorded.

using System.Linq;
using System.Text;
using MinusOne.Efi.Options;
using Xunit;

namespace MinusOne.Tests.Unit.Traces;

public sealed class RecordOptionTests
{
    private const ulong Inside = 0x20_0000;

    [Theory]
    [InlineData("on", "0-300")]
    [InlineData("io", "30")]
    [InlineData("io,msr", "30-32")]
    [InlineData("memory,reason=12", "12 48 49")]
    [InlineData("rip=1FFFFF-200000", "0-300")]
    [InlineData("rip=0x200000,io", "30")]
    [InlineData("reason=200", "127-300")]
    [InlineData("rip=0-1FFFFF", "")]
    public void WordsChooseExits(string text, string reasons)
    {
        Assert.True(RecordOption.TryParse(Encoding.UTF8.GetBytes(text), out ExitFilter filter));
        Assert.True(filter.IsOn);
        uint[] expected =
        [
            .. reasons.Split(' ', System.StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('-'))
                .SelectMany(ends => Enumerable.Range(int.Parse(ends[0]), int.Parse(ends[^1]) - int.Parse(ends[0]) + 1))
                .Select(number => (uint)number),
        ];
        Assert.Equal(expected, Enumerable.Range(0, 301).Select(number => (uint)number)
            .Where(number => filter.Has(number, Inside)));
    }

    [Theory]
    [InlineData("off")]
    [InlineData("no")]
    public void OffRecordsNothing(string text)
    {
        Assert.True(RecordOption.TryParse(Encoding.UTF8.GetBytes(text), out ExitFilter filter));
        Assert.False(filter.IsOn);
    }

    [Theory]
    [InlineData("")]
    [InlineData("disk")]
    [InlineData("io,")]
    [InlineData("io;msr")]
    [InlineData("30")]
    [InlineData("reason=")]
    [InlineData("reason=70000")]
    [InlineData("reason=io")]
    [InlineData("rip=")]
    [InlineData("rip=xyz")]
    [InlineData("rip=3000-2000")]
    [InlineData("rip=1-2-3")]
    [InlineData("rip=12345678123456781")]
    public void OtherWordsAreRefused(string text) =>
        Assert.False(RecordOption.TryParse(Encoding.UTF8.GetBytes(text), out _));
}
