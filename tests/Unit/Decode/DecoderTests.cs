// The decoder against Iced, instruction by instruction, in the three modes.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Decode;

public sealed class DecoderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AgreesWithIced(int seed) => CompareMany(seed, 25_000);

    [Fact]
    [Trait("Speed", "Slow")]
    public void AgreesWithIcedOverAMillion() => CompareMany(3, 1_000_000);

    // Iced knows no "not emulated", and to it LOCK MOV and undefined opcodes are the same.
    [Theory]
    [InlineData("FE 10", DecodeStatus.Invalid, 2)]
    [InlineData("FF 38", DecodeStatus.Invalid, 2)]
    [InlineData("C6 08 00", DecodeStatus.Invalid, 3)]
    [InlineData("0F BA 00 00", DecodeStatus.Invalid, 4)]
    [InlineData("66 0F C3 00", DecodeStatus.Invalid, 4)]
    [InlineData("F3 0F C3 00", DecodeStatus.Invalid, 4)]
    [InlineData("82 00 00", DecodeStatus.Invalid, 3)]
    [InlineData("F0 88 00", DecodeStatus.Invalid, 3)]
    [InlineData("F0 03 00", DecodeStatus.Invalid, 3)]
    [InlineData("F0 0F A3 00", DecodeStatus.Invalid, 4)]
    [InlineData("F0 D0 00", DecodeStatus.Invalid, 3)]
    [InlineData("F0 A4", DecodeStatus.Invalid, 2)]
    [InlineData("F0 01 C0", DecodeStatus.Invalid, 3)]
    [InlineData("F0 90", DecodeStatus.Invalid, 2)]
    [InlineData("F0 86 00", DecodeStatus.Ok, 3)]
    [InlineData("F0 0F C7 08", DecodeStatus.Ok, 4)]
    [InlineData("F0 48 0F C7 08", DecodeStatus.Unsupported, 5)]
    [InlineData("01 C0", DecodeStatus.Unsupported, 2)]
    [InlineData("FF 10", DecodeStatus.Unsupported, 2)]
    [InlineData("FF 30", DecodeStatus.Unsupported, 2)]
    [InlineData("8C 00", DecodeStatus.Unsupported, 2)]
    [InlineData("F2 0F 38 F0 00", DecodeStatus.Unsupported, 5)]
    [InlineData("0F 10 44 24 08", DecodeStatus.Unsupported, 5)]
    [InlineData("C5 F8 10 00", DecodeStatus.Unsupported, 0)]
    public void WhatIsNotEmulatedSaysWhy(string hex, object status, int length)
    {
        DecodedInstruction ours =
            InstructionDecoder.Decode(Convert.FromHexString(hex.Replace(" ", "")), CodeSize.Bits64);
        Assert.Equal((status, length), (ours.Status, ours.Length));
    }

    private static void CompareMany(int seed, int count)
    {
        var random = new Random(seed);
        var bytes = new byte[18];
        int decoded = 0;
        for (int i = 0; i < count; i++)
        {
            Encodings.Fill(random, bytes);
            var code = (CodeSize)(2 << random.Next(3));
            DecodedInstruction ours = InstructionDecoder.Decode(bytes, code);
            var oracle = new IcedOracle(bytes, code);
            string difference = oracle.Compare(in ours);
            string answer = $"{ours.Status} {ours.Operation}, length {ours.Length}";
            Assert.True(
                difference is null, $"seed {seed}, case {i}: {code} {oracle}: Iced says {difference}; ours: {answer}");
            decoded += ours.Status == DecodeStatus.Ok ? 1 : 0;
        }

        Assert.True(decoded > count / 3, $"only {decoded} of {count} were decodable");
    }
}
