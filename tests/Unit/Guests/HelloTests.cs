extern alias guests;

using System.Collections.Generic;
using System.Linq;
using guests::MinusOne.Guests;
using guests::MinusOne.Guests.Demos;
using Iced.Intel;
using Xunit;

namespace MinusOne.Tests.Unit.Guests;

// The sample is known to the byte, so it is compared to the byte.
public class HelloTests
{
    private static readonly GuestConfig s_config = Hello.Guest.Configs.Single();

    [Fact]
    public void IsTheSampleOf46Bytes()
    {
        var expected = new List<byte> { 0xBA, 0xF8, 0x03 };
        foreach (byte character in "Hello, world!\n"u8)
        {
            expected.AddRange([0xB0, character, 0xEE]);
        }

        expected.Add(0xF4);
        Assert.Equal(46, expected.Count);
        Assert.Equal(expected, s_config.Image.Bytes);
    }

    [Fact]
    public void DecodesAsRealModeCode()
    {
        var decoder = Decoder.Create(16, new ByteArrayCodeReader(s_config.Image.Bytes), s_config.Image.LoadAddress);
        string[] lines = decoder.Select(instruction => instruction.ToString()).ToArray();
        Assert.Equal(30, lines.Length);
        Assert.Equal("mov dx,3F8h", lines[0]);
        Assert.Equal(14, lines.Count(line => line == "out dx,al"));
        Assert.Equal("hlt", lines[^1]);
    }

    [Fact]
    public void StartsWhereTheSampleStarts()
    {
        var config = s_config.ToData();
        Assert.Equal(0x1000ul, config.LoadAddress);
        Assert.Equal(0x1000ul, config.Start.Entry);
        Assert.Equal(0x2000ul, config.MemoryBytes);
        Assert.Equal(2ul, config.Start.Rax);
        Assert.Equal(2ul, config.Start.Rbx);
    }
}
