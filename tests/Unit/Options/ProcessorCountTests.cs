using System;
using System.Text;
using MinusOne.Efi.Options;
using Xunit;

namespace MinusOne.Tests.Unit.Options;

public sealed class ProcessorCountTests
{
    [Theory]
    [InlineData("", 1)]
    [InlineData("hostcpus = 1", 1)]
    [InlineData("hostcpus = 4", 4)]
    [InlineData("hostcpus = 1000", 1000)]
    public void ANumberFromOneOnIsTaken(string line, ulong count)
    {
        Assert.True(ProcessorCount.TryRead(new OptionText(Encoding.UTF8.GetBytes(line)), out ulong wanted, out _));
        Assert.Equal(count, wanted);
    }

    [Theory]
    [InlineData("hostcpus = 0", "0")]
    [InlineData("hostcpus = all", "all")]
    [InlineData("hostcpus = -2", "-2")]
    [InlineData("hostcpus =", "")]
    public void WhatIsNoneIsRefused(string line, string value)
    {
        var options = new OptionText(Encoding.UTF8.GetBytes(line));
        Assert.False(ProcessorCount.TryRead(options, out _, out ReadOnlySpan<byte> text));
        Assert.Equal(value, Encoding.UTF8.GetString(text));
    }
}
