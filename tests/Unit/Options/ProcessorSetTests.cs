using System.Text;
using MinusOne.Efi.Options;
using Xunit;

namespace MinusOne.Tests.Unit.Options;

public sealed class ProcessorSetTests
{
    private const ulong Before = 0xF0;

    [Theory]
    [InlineData("", Before)]
    [InlineData("cpus = 0", 0b1)]
    [InlineData("cpus = 0-1", 0b11)]
    [InlineData("cpus = 0,2-3", 0b1101)]
    [InlineData("cpus = 0, 2 # two", 0b101)]
    [InlineData("cpus = 3-3,1,2-3", 0b1110)]
    [InlineData("cpus = 63", 1UL << 63)]
    [InlineData("cpus = 0-63", ulong.MaxValue)]
    [InlineData("cpus = 62-63,0", (3UL << 62) | 1)]
    public void NumbersAndRangesAreTaken(string line, ulong expected)
    {
        ulong set = Before;
        Assert.True(ProcessorSet.TryRead(new OptionText(Encoding.UTF8.GetBytes(line)), ref set, out _));
        Assert.Equal(expected, set);
    }

    [Theory]
    [InlineData("")]
    [InlineData("all")]
    [InlineData("64")]
    [InlineData("0-64")]
    [InlineData("18446744073709551615")]
    [InlineData("3-1")]
    [InlineData("-1")]
    [InlineData("1-")]
    [InlineData("1-2-3")]
    [InlineData("1,")]
    [InlineData(",1")]
    [InlineData("1,,2")]
    [InlineData("1 2")]
    public void WhatNamesNoneIsRefused(string value)
    {
        ulong set = Before;
        var options = new OptionText(Encoding.UTF8.GetBytes("cpus = " + value));
        Assert.False(ProcessorSet.TryRead(options, ref set, out System.ReadOnlySpan<byte> text));
        Assert.Equal((value, Before), (Encoding.UTF8.GetString(text), set));
    }
}
