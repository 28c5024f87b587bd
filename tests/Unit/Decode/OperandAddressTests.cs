// Addresses of operands against Iced's; bit strings, which Iced leaves out, against unbounded integers.

using System;
using System.Numerics;
using Iced.Intel;
using Xunit;
using CodeSize = MinusOne.Hv.Exits.Emulate.CodeSize;

namespace MinusOne.Tests.Unit.Decode;

public sealed class OperandAddressTests
{
    private const int Seed = 31;

    private readonly Random _random = new(Seed);
    private readonly byte[] _bytes = new byte[18];
    private GuestRegisters _registers;
    private SegmentBases _bases;

    // 64-bit mode.
    private bool _flat;

    [Fact]
    public void AgreesWithIced()
    {
        int compared = 0;
        for (int i = 0; i < 30_000; i++)
        {
            Encodings.Fill(_random, _bytes);
            var code = (CodeSize)(2 << _random.Next(3));
            ulong rip = code == CodeSize.Bits64 ? Any() : (uint)Any();
            DecodedInstruction ours = InstructionDecoder.Decode(_bytes, code);
            if (ours.Status != DecodeStatus.Ok)
            {
                continue;
            }

            Randomise(code);
            if (ours.SelectsBitByRegister)
            {
                _registers[ours.Register] = 0;
            }

            Iced.Intel.Decoder decoder = Iced.Intel.Decoder.Create((int)code * 8, _bytes);
            decoder.IP = rip;
            Check(in ours, decoder.Decode(), rip, i);
            compared++;
        }

        Assert.True(compared > 10_000, $"only {compared} compared");
    }

    [Fact]
    public void BitNumbersInRegistersReachBesideTheOperand()
    {
        for (int i = 0; i < 10_000; i++)
        {
            // BTS [rBX + disp8], r with any prefixes of size.
            var code = (CodeSize)(2 << _random.Next(3));
            byte modRm = code == CodeSize.Bits16 ? (byte)0x57 : (byte)0x53;
            byte[] bytes = [0x0F, 0xAB, modRm, (byte)_random.Next(0x100), 0];
            bytes = _random.Next(2) == 0 ? [0x66, .. bytes] : bytes;
            bytes = _random.Next(2) == 0 && code == CodeSize.Bits64 ? [0x48, .. bytes] : bytes;
            DecodedInstruction instruction = InstructionDecoder.Decode(bytes, code);
            Assert.Equal(DecodeStatus.Ok, instruction.Status);
            Randomise(code);
            _bases = default;

            int bits = instruction.MemorySize * 8;
            BigInteger number = new BigInteger(_registers.Rdx) & ((BigInteger.One << bits) - 1);
            number -= number >> (bits - 1) == 0 ? 0 : BigInteger.One << bits;
            BigInteger unit = (number - (((number % bits) + bits) % bits)) / bits;
            BigInteger expected = (long)instruction.Memory.Displacement + (unit * instruction.MemorySize);
            expected = (expected + _registers.Rbx) & (BigInteger.One << (8 * instruction.AddressSize)) - 1;
            Assert.Equal((ulong)expected, OperandAddress.OfMemory(in instruction, ref _registers, in _bases, 0).Value);
        }
    }

    private void Check(in DecodedInstruction ours, Iced.Intel.Instruction theirs, ulong rip, int number)
    {
        for (int operand = 0; operand < theirs.OpCount; operand++)
        {
            OpKind kind = theirs.GetOpKind(operand);
            if (kind < OpKind.MemorySegSI)
            {
                continue;
            }

            bool isSource = kind <= OpKind.MemorySegRSI && ours.Operation != Operation.Lods;
            ulong expected = theirs.GetVirtualAddress(operand, 0, ValueOf);
            expected = ours.Code == CodeSize.Bits64 ? expected : (uint)expected;
            ulong actual = isSource
                ? OperandAddress.OfSource(in ours, ref _registers, in _bases).Value
                : OperandAddress.OfMemory(in ours, ref _registers, in _bases, rip).Value;
            string what = $"seed {Seed}, case {number}: {theirs} in {ours.Code}";
            Assert.True(expected == actual, $"{what}: {expected:X}, ours {actual:X}");
        }
    }

    private void Randomise(CodeSize code)
    {
        for (int i = 0; i < 16; i++)
        {
            _registers[i] = Any();
        }

        // Outside 64-bit mode bases have 32 bits; in it those of ES, CS, SS and DS are there and have no effect.
        ulong mask = code == CodeSize.Bits64 ? ulong.MaxValue : uint.MaxValue;
        _bases[GuestSegment.Es] = Any() & mask;
        _bases[GuestSegment.Cs] = Any() & mask;
        _bases[GuestSegment.Ss] = Any() & mask;
        _bases[GuestSegment.Ds] = Any() & mask;
        _bases[GuestSegment.Fs] = Any() & mask;
        _bases[GuestSegment.Gs] = Any() & mask;
        _flat = code == CodeSize.Bits64;
    }

    private ulong Any() => (ulong)_random.NextInt64(long.MinValue, long.MaxValue) >> (_random.Next(3) * 20);

    private ulong ValueOf(Register register, int elementIndex, int elementSize)
    {
        switch (register)
        {
            case Register.ES:
                return _flat ? 0 : _bases[GuestSegment.Es];
            case Register.CS:
                return _flat ? 0 : _bases[GuestSegment.Cs];
            case Register.SS:
                return _flat ? 0 : _bases[GuestSegment.Ss];
            case Register.DS:
                return _flat ? 0 : _bases[GuestSegment.Ds];
            case Register.FS:
                return _bases[GuestSegment.Fs];
            case Register.GS:
                return _bases[GuestSegment.Gs];
        }

        ulong value = _registers[(int)(register.GetFullRegister() - Register.RAX)];
        return register.GetSize() switch
        {
            2 => (ushort)value,
            4 => (uint)value,
            _ => value,
        };
    }
}
