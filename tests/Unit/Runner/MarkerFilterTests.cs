// The filter lets through what stands between the markers, whole and in order, however the bytes are cut into reads.

extern alias runner;

using System;
using System.Collections.Generic;
using System.Text;
using runner::MinusOne.Ovmf.Runner.Serial;
using Xunit;

namespace MinusOne.Tests.Unit.Runner;

public sealed class MarkerFilterTests
{
    private const string Start = "\x1B]777;minusone;start\a";
    private const string Input = "\x1B]777;minusone;input\a";
    private const string End = "\x1B]777;minusone;end\a";

    [Theory]
    [InlineData("", "")]
    [InlineData("firmware\r\n", "")]
    [InlineData($"firmware{Start}hello{End}firmware", "hello")]
    [InlineData($"{Start}one{End}between{Start}two{End}", "onetwo")]
    [InlineData($"{Start}one{Start}two", "onetwo")]
    [InlineData($"{Start}one{Input}two{End}", "onetwo")]
    [InlineData($"{Input}firmware{Start}\x1B]777;minusone;in{End}", "\x1B]777;minusone;in")]
    [InlineData($"{Start}\x1B[2Jcolour\x1B", "\x1B[2Jcolour\x1B")]
    [InlineData($"{Start}\x1B]777;minusone;stop\a{End}", "\x1B]777;minusone;stop\a")]
    [InlineData($"{Start}\x1B]777;mi{End}", "\x1B]777;mi")]
    [InlineData($"{Start}\x1B\x1B{End}x", "\x1B\x1B")]
    [InlineData($"\x1B]777;min{Start}x", "x")]
    public void LetsTheProgramThrough(string input, string expected)
    {
        for (int size = 1; size <= input.Length + 1; size++)
        {
            Assert.Equal(expected, Filter(input, size));
        }
    }

    [Fact]
    public void PassesBytesOnAtOnce()
    {
        List<byte> output = [];
        var filter = new MarkerFilter(bytes => output.AddRange(bytes.ToArray()));
        filter.Write(Encoding.Latin1.GetBytes(Start + "> "));
        Assert.Equal("> ", Encoding.Latin1.GetString(output.ToArray()));
        Assert.True(filter.IsOpen);
    }

    [Fact]
    public void PassesEveryByteValue()
    {
        byte[] all = new byte[256];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = (byte)i;
        }

        string text = Encoding.Latin1.GetString(all);
        Assert.Equal(text, Filter(Start + text + End, 7));
    }

    [Fact]
    public void KnowsThatThePortWasGivenBack()
    {
        var filter = new MarkerFilter(_ => { });
        filter.Write(Encoding.Latin1.GetBytes(End));
        Assert.False(filter.WasClosed);
        filter.Write(Encoding.Latin1.GetBytes(Start + End));
        Assert.True(filter.WasClosed);
        Assert.False(filter.IsOpen);
    }

    // While firmware has the port, anybody may write anything there.
    [Theory]
    [InlineData(Start, false)]
    [InlineData(Input + Start, false)]
    [InlineData(Start + Input, true)]
    [InlineData(Start + "hello" + Input + End, true)]
    [InlineData(Start + End + Input, false)]
    public void KnowsWhenTheProgramTakesInput(string input, bool takesInput)
    {
        var filter = new MarkerFilter(_ => { });
        filter.Write(Encoding.Latin1.GetBytes(input));
        Assert.Equal(takesInput, filter.TakesInput);
    }

    private static string Filter(string input, int size)
    {
        List<byte> output = [];
        var filter = new MarkerFilter(bytes => output.AddRange(bytes.ToArray()));
        byte[] bytes = Encoding.Latin1.GetBytes(input);
        for (int i = 0; i < bytes.Length; i += size)
        {
            filter.Write(bytes.AsSpan(i, Math.Min(size, bytes.Length - i)));
        }

        filter.Finish();
        return Encoding.Latin1.GetString(output.ToArray());
    }
}
