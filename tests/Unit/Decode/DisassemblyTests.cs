// The report's text against Iced's NASM formatter.

using System;
using System.Text;
using Iced.Intel;
using Xunit;
using CodeSize = MinusOne.Hv.Exits.Emulate.CodeSize;

namespace MinusOne.Tests.Unit.Decode;

public sealed class DisassemblyTests
{
    private static readonly NasmFormatter s_formatter = CreateFormatter();

    [Fact]
    public void ReadsAsIcedWritesIt()
    {
        const int Seed = 21;
        var random = new Random(Seed);
        var bytes = new byte[18];
        int compared = 0;
        for (int i = 0; i < 20_000; i++)
        {
            Encodings.Fill(random, bytes);
            var code = (CodeSize)(2 << random.Next(3));
            DecodedInstruction ours = InstructionDecoder.Decode(bytes, code);
            Iced.Intel.Instruction theirs = Iced.Intel.Decoder.Create((int)code * 8, bytes).Decode();
            if (ours.Status == DecodeStatus.Ok && IsPlain(in theirs))
            {
                string expected = $"{BitConverter.ToString(bytes, 0, ours.Length).Replace('-', ' ')}  {Format(theirs)}";
                string actual = Write(in ours, bytes);
                Assert.True(expected == actual, $"seed {Seed}, case {i}: {expected}, ours: {actual}");
                compared++;
            }
        }

        Assert.True(compared > 5_000, $"only {compared} compared");
    }

    [Theory]
    [InlineData("0F 01 00", "0F 01 00  (not-emulated)")]
    [InlineData("62 F1 7C 48", "62 F1 7C 48  (not-emulated)")]
    [InlineData("8B", "8B  (truncated)")]
    [InlineData("F0 8B 00", "F0 8B 00  (invalid)")]
    [InlineData(
        "66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 90",
        "66 66 66 66 66 66 66 66 66 66 66 66 66 66 66  (longer-than-15-bytes)")]
    public void WhatIsNotDecodedShowsItsBytes(string hex, string expected)
    {
        byte[] bytes = Convert.FromHexString(hex.Replace(" ", ""));
        Assert.Equal(expected, Write(InstructionDecoder.Decode(bytes, CodeSize.Bits64), bytes));
    }

    private static string Write(in DecodedInstruction instruction, byte[] bytes)
    {
        Host.Written(Output.Log).Clear();
        Disassembly.Write(Writer.Log, in instruction, bytes);
        return Encoding.ASCII.GetString(Host.Written(Output.Log).ToArray());
    }

    // Leaves out prefixes without effect, which we do not show and Iced does.
    private static bool IsPlain(in Iced.Intel.Instruction theirs)
    {
        bool repeatShown = theirs.IsStringInstruction || !(theirs.HasRepPrefix || theirs.HasRepnePrefix);
        bool oneRepeat = !(theirs.HasRepPrefix && theirs.HasRepnePrefix);
        return theirs.SegmentPrefix is Register.None or Register.FS or Register.GS && repeatShown && oneRepeat &&
            !(theirs.IsStringInstruction && theirs.SegmentPrefix != Register.None);
    }

    private static string Format(Iced.Intel.Instruction theirs)
    {
        var output = new StringOutput();
        s_formatter.Format(theirs, output);
        string text = output.ToStringAndReset().Replace("[qword ", "[").Replace("[dword ", "[").Replace("[word ", "[")
            .Replace("a16 ", "").Replace("a32 ", "").Replace("*1", "");
        if (theirs.Mnemonic == Mnemonic.Xchg)
        {
            // NASM puts the register first.
            int start = text.IndexOf("xchg ", StringComparison.Ordinal) + 5;
            string[] operands = text[start..].Split(", ");
            text = $"{text[..start]}{operands[1]}, {operands[0]}";
        }

        bool isRep = theirs.IsStringInstruction && !(text.Contains("cmps") || text.Contains("scas"));
        return (isRep ? text.Replace("repne", "rep") : text).Replace("cmpxchg8b [", "cmpxchg8b qword [");
    }

    private static NasmFormatter CreateFormatter()
    {
        var formatter = new NasmFormatter();
        FormatterOptions options = formatter.Options;
        options.HexPrefix = "0x";
        options.HexSuffix = "";
        options.SmallHexNumbersInDecimal = false;
        options.AddLeadingZeroToHexNumbers = false;
        options.MemorySizeOptions = MemorySizeOptions.Always;
        options.RipRelativeAddresses = true;
        options.SpaceAfterOperandSeparator = true;
        return formatter;
    }
}
