// Words of a line, and guests found by their names.

using System;
using System.Collections.Generic;
using System.Text;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class WordsTests
{
    [Fact]
    public void RandomLinesSplitAsDotnetSplitsThem()
    {
        const int Seed = 3;
        var random = new Random(Seed);
        for (int i = 0; i < 2000; i++)
        {
            var line = new StringBuilder();
            for (int length = random.Next(20); length > 0; length--)
            {
                line.Append("  ab-C"[random.Next(6)]);
            }

            var words = new List<string>();
            foreach (ReadOnlySpan<byte> word in new WordList(Encoding.UTF8.GetBytes(line.ToString())))
            {
                words.Add(Encoding.UTF8.GetString(word));
            }

            Assert.Equal(line.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries), words);
        }
    }

    [Theory]
    [InlineData("hello", 0)]
    [InlineData("HeLLo", 0)]
    [InlineData("t1", 1)]
    [InlineData("T0", 0)]
    [InlineData("power-off", 1)]
    [InlineData("hell", -1)]
    [InlineData("hello2", -1)]
    [InlineData("", -1)]
    [InlineData("power\rOff", -1)]
    public void GuestsAreFoundByNameAndId(string word, int index)
    {
        using var machine = new CoreMachine(frames: 1);
        GuestProgram[] programs = machine.Programs("hello", "power-off");
        Assert.Equal(index, GuestNames.IndexOf(Encoding.UTF8.GetBytes(word), programs));
    }
}
