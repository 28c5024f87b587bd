// The names of instructions that nobody here carries out, against Iced's.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Iced.Intel;
using Xunit;
using CodeSize = MinusOne.Hv.Exits.Emulate.CodeSize;
using Decoder = Iced.Intel.Decoder;

namespace MinusOne.Tests.Unit.Report;

public sealed class InstructionNameTests
{
    // Where the size makes the name, the name of the smallest stands for all.
    private static readonly Dictionary<string, string> s_kin = (
        "callf call jmpf jmp cwde cbw cdqe cbw cdq cwd cqo cwd xlatb xlat jecxz jcxz jrcxz jcxz ud0 ud2 ud1 ud2 " +
        "pause nop reservednop nop cmpxchg16b cmpxchg8b")
        .Split(' ').Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    public void NoInstructionHasAnothersName(int bits)
    {
        int named = 0;
        for (int opcode = 0; opcode < 0x200; opcode++)
        {
            for (int next = 0; next < 256; next++)
            {
                byte[] bytes = new byte[15];
                bytes[0] = opcode < 0x100 ? (byte)opcode : (byte)0x0F;
                bytes[opcode < 0x100 ? 1 : 2] = (byte)next;
                bytes[1] = opcode < 0x100 ? (byte)next : (byte)opcode;
                named += opcode != 0x0F && IsNamed(bytes, bits) ? 1 : 0;
            }
        }

        Assert.InRange(named, 40_000, 0x20000);
    }

    [Theory]
    [InlineData("74FB", "je FFD")]
    [InlineData("E800010000", "call 1105")]
    [InlineData("0F8500010000", "jne 1106")]
    [InlineData("EBFE", "jmp 1000")]
    public void JumpsSayWhere(string code, string text) => Assert.Equal(text, Name(Convert.FromHexString(code), 64));

    private static bool IsNamed(byte[] bytes, int bits)
    {
        Decoder decoder = Decoder.Create(bits, bytes);
        Instruction instruction = decoder.Decode();
        string name = Name(bytes, bits);
        if (instruction.IsInvalid || name == null || name == "x87" || (bytes[0] & 0xE7) == 0x26 || bytes[0] is 0x64 or
            0x65 or 0x66 or 0x67 or 0xF0 or 0xF2 or 0xF3 || (bits == 64 && bytes[0] >> 4 == 4))
        {
            return false;
        }

        string expected = instruction.Mnemonic.ToString().ToLowerInvariant();
        name = name.StartsWith("mov ", StringComparison.Ordinal) ? "mov" : name.Split(' ')[0];
        name = s_kin.GetValueOrDefault(name, name);
        expected = s_kin.GetValueOrDefault(expected, expected);
        Assert.True(expected.StartsWith(name, StringComparison.Ordinal)
            || (name == "nop" && expected.StartsWith("endbr", StringComparison.Ordinal)),
            $"{Convert.ToHexString(bytes.AsSpan(0, 4))} in {bits}: {expected}, not {name}");
        return true;
    }

    private static string Name(byte[] bytes, int bits)
    {
        Host.Written(Output.Log).Clear();
        Writer line = Writer.Log;
        int length = InstructionDecoder.Decode(bytes, (CodeSize)(bits / 8)).Length;
        return InstructionName.TryWrite(ref line, bytes, (CodeSize)(bits / 8), length, 0x1000)
            ? Encoding.ASCII.GetString(Host.Written(Output.Log).ToArray()) : null;
    }
}
