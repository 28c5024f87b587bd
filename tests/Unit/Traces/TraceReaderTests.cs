// What the recorder writes is what the reader reads, whatever it is; and a file that is something else is refused in a
// sentence.

extern alias runner;

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using runner::MinusOne.Ovmf.Runner;
using runner::MinusOne.Ovmf.Runner.Traces;
using Xunit;

namespace MinusOne.Tests.Unit.Traces;

public sealed class TraceReaderTests
{
    private const int Exits = 300;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void WhatWasWrittenIsRead(int seed)
    {
        List<(uint Guest, uint Processor, ExitRecord Exit)> written = Random(seed);
        TraceData data = TraceReader.Read(Write(written), "test");
        Assert.False(data.IsCut);
        Assert.Equal(
            written.OrderBy(one => one.Exit.Time).Select(one => Text(one.Guest, one.Processor, one.Exit)),
            data.Exits.Select(Text));
    }

    // Up to the byte at which it ends.
    [Fact]
    public void ACutFileIsReadAsFarAsItGoes()
    {
        byte[] whole = Write(Random(5));
        TraceData all = TraceReader.Read(whole, "test");
        int before = 0;
        for (int length = 0; length < whole.Length; length++)
        {
            TraceData data;
            try
            {
                data = TraceReader.Read(whole[..length], "test");
            }
            catch (SetUpException error)
            {
                Assert.InRange(length, 0, 14);
                Assert.Matches("^'test' is (empty|cut off)", error.Message);
                continue;
            }

            Assert.True(data.IsCut);
            Assert.InRange(data.Exits.Count, before, before + 1);
            before = data.Exits.Count;
        }

        Assert.Equal(all.Exits.Count, before);
    }

    [Theory]
    [InlineData("", "'test' is empty")]
    [InlineData("hello", "'test' is no trace")]
    [InlineData("M1TRACE\n\x02", "'test' is a trace of version 2, and this reads version 1")]
    [InlineData("M1TRACE\n\x01\0\x01\x90", "'test' is damaged: at byte 11 ")]
    public void AnotherFileIsRefused(string file, string sentence) =>
        Assert.StartsWith(sentence, Assert.Throws<SetUpException>(
            () => TraceReader.Read(Encoding.Latin1.GetBytes(file), "test")).Message);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ADamagedFileIsReadOrRefused(int seed)
    {
        var random = new Random(seed);
        byte[] whole = Write(Random(seed));
        for (int i = 0; i < 500; i++)
        {
            byte[] damaged = [.. whole];
            for (int k = random.Next(1, 8); k > 0; k--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            try
            {
                TraceReader.Read(damaged, "test");
            }
            catch (SetUpException error)
            {
                Assert.StartsWith("'test' is ", error.Message);
            }
        }
    }

    private static byte[] Write(List<(uint Guest, uint Processor, ExitRecord Exit)> exits)
    {
        List<byte> bytes = Host.Written((Output)byte.MaxValue);
        bytes.Clear();
        Host.Room.Recorded = 0;
        Host.Room.MostRecorded = int.MaxValue;
        TraceRecorder recorder = default;
        recorder.Begin(1, 8, "one"u8, 0, 100_000_000);
        recorder.Begin(2, 8, "two"u8, 7, 100_000_000);
        foreach ((uint guest, uint processor, ExitRecord exit) in exits)
        {
            recorder.Put(guest, processor, exit, 0);
        }

        recorder.End(1, "halt"u8, 1000);
        recorder.End(2, "reset"u8, 2000);
        return [.. bytes];
    }

    // Times differ, for those that are the same have no order.
    private static List<(uint Guest, uint Processor, ExitRecord Exit)> Random(int seed)
    {
        var random = new Random(seed);
        ulong Any() => (ulong)random.NextInt64() >> random.Next(64) << random.Next(2);
        var times = new HashSet<ulong>();
        var exits = new List<(uint, uint, ExitRecord)>();
        while (exits.Count < Exits)
        {
            var exit = new ExitRecord
            {
                Reason = (uint)(random.Next(10) == 0 ? random.Next(0x1_0000) : random.Next(86))
                    | (uint)random.Next(20) / 19 << 31,
                Verdict = (uint)random.Next(1, 32),
                Rip = Any(),
                Time = Any(),
                Ticks = Any(),
                Cr3 = Any() & ~0xFFFul,
                Qualification = Any(),
                Subject = random.Next(2) == 0 ? 0 : Any(),
            };
            if (times.Add(exit.Time))
            {
                exits.Add(((uint)random.Next(1, 3), (uint)random.Next(8), exit));
            }
        }

        return exits;
    }

    private static string Text(uint guest, uint processor, ExitRecord exit) =>
        $"{guest} {processor} {(ushort)exit.Reason} {exit.Reason >> 31 != 0} {exit.Verdict} {exit.Time} {exit.Ticks} "
        + $"{exit.Rip:X} {exit.Qualification:X} {exit.Subject:X} {exit.Cr3:X}";

    private static string Text(TraceExit exit) =>
        $"{exit.Guest} {exit.Processor} {exit.Reason} {exit.IsFailure} {(uint)exit.Verdict} {exit.Time} {exit.Ticks} "
        + $"{exit.Rip:X} {exit.Qualification:X} {exit.Subject:X} {exit.Cr3:X}";
}
