// The decoder on rubbish: it must stay inside its bytes, come to an end, and say the same whatever lies behind.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Decode;

public sealed class DecoderFuzzTests
{
    private const int Seed = 41;

    [Fact]
    public void RubbishOfAnyLengthIsAnswered()
    {
        var random = new Random(Seed);
        for (int i = 0; i < 60_000; i++)
        {
            // A fresh array of just that size: one byte too far is an exception.
            var bytes = new byte[random.Next(20)];
            random.NextBytes(bytes);
            DecodedInstruction instruction = InstructionDecoder.Decode(bytes, (CodeSize)(2 << random.Next(3)));
            Assert.InRange(instruction.Length, 0, Math.Min(15, bytes.Length));
            Assert.True(instruction.Status != DecodeStatus.Truncated || bytes.Length < 15);
            Assert.True(instruction.Status != DecodeStatus.TooLong || bytes.Length >= 15);
            Host.Written(Output.Log).Clear();
            Disassembly.Write(Writer.Log, in instruction, bytes);
            Assert.InRange(Host.Written(Output.Log).Count, 1, 110);
        }
    }

    [Fact]
    public void AnInstructionIsItsOwnBytesAndNoOthers()
    {
        var random = new Random(Seed);
        var bytes = new byte[18];
        for (int i = 0; i < 10_000; i++)
        {
            Encodings.Fill(random, bytes);
            var code = (CodeSize)(2 << random.Next(3));
            DecodedInstruction whole = InstructionDecoder.Decode(bytes, code);
            int length = whole.Length;
            random.NextBytes(bytes.AsSpan(length != 0 ? length : bytes.Length));
            for (int available = 0; available <= 15 && length != 0; available++)
            {
                DecodedInstruction part = InstructionDecoder.Decode(bytes.AsSpan(0, available), code);
                Assert.Equal(available < length ? DecodeStatus.Truncated : whole.Status, part.Status);
                Assert.Equal(available < length ? 0 : length, part.Length);
            }
        }
    }

    [Fact]
    public void NothingButPrefixesIsTooLong()
    {
        var bytes = new byte[15];
        bytes.AsSpan().Fill(0x66);
        Assert.Equal(DecodeStatus.TooLong, InstructionDecoder.Decode(bytes, CodeSize.Bits64).Status);
        Assert.Equal(DecodeStatus.Truncated, InstructionDecoder.Decode(bytes.AsSpan(1), CodeSize.Bits64).Status);
    }
}
