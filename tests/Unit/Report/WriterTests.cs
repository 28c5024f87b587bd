// Numbers, sizes and columns against what .NET makes of them.

using System;
using System.Globalization;
using System.Text;
using Xunit;

namespace MinusOne.Tests.Unit.Report;

public sealed class WriterTests
{
    [Fact]
    public void NumbersAreAsDotnetWritesThem()
    {
        const int Seed = 11;
        var random = new Random(Seed);
        for (int i = 0; i < 5000; i++)
        {
            ulong value = (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
            int digits = random.Next(1, 17);
            string what = $"seed {Seed}, number {i}";
            Assert.True(value.ToString(CultureInfo.InvariantCulture) == Written(writer => writer.Decimal(value)), what);
            Assert.True(
                value.ToString(
                    $"X{digits}", CultureInfo.InvariantCulture) == Written(writer => writer.Hex(value, digits)),
                what);
        }
    }

    [Theory]
    [InlineData(0ul, "0", "0")]
    [InlineData(ulong.MaxValue, "18446744073709551615", "FFFFFFFFFFFFFFFF")]
    public void TheEnds(ulong value, string decimals, string hex)
    {
        Assert.Equal(decimals, Written(writer => writer.Decimal(value)));
        Assert.Equal(hex, Written(writer => writer.Hex(value)));
    }

    [Theory]
    [InlineData(0ul, "0 bytes")]
    [InlineData(1023ul, "1023 bytes")]
    [InlineData(1024ul, "1 KiB")]
    [InlineData(0x8_0000ul, "512 KiB")]
    [InlineData(0x200_0000ul, "32 MiB")]
    [InlineData(0x4000_0000ul, "1 GiB")]
    [InlineData(0x6000_0000ul, "1536 MiB")]
    [InlineData(0x4000_0400ul, "1048577 KiB")]
    [InlineData(0x4000_0001ul, "1073741825 bytes")]
    public void SizesHaveTheLargestUnitThatFits(ulong bytes, string text) =>
        Assert.Equal(text, Written(writer => writer.Size(bytes)));

    [Theory]
    [InlineData("", 4, "    |")]
    [InlineData("ab", 4, "ab  |")]
    [InlineData("abcd", 4, "abcd |")]
    [InlineData("abcdef", 4, "abcdef |")]
    public void ColumnsAreFilledUp(string text, int column, string line) => Assert.Equal(
        line, Written(writer => writer.Text(Encoding.UTF8.GetBytes(text)).To(column).Text("|"u8)));

    [Fact]
    public void TheTwoOutputsAreTwo()
    {
        Host.Written(Output.Log).Clear();
        Host.Written(Output.Console).Clear();
        Writer.Log.Text("log"u8).EndLine();
        Writer.Console.Text("console"u8).EndLine();
        Assert.Equal("log\n"u8.ToArray(), Host.Written(Output.Log));
        Assert.Equal("console\n"u8.ToArray(), Host.Written(Output.Console));
    }

    private static string Written(Func<Writer, Writer> write)
    {
        Host.Written(Output.Log).Clear();
        write(Writer.Log);
        return Encoding.UTF8.GetString(Host.Written(Output.Log).ToArray());
    }
}
