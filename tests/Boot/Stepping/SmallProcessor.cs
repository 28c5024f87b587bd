// A processor for what a wandering kernel is made of, written from the manual and decoded by Iced: it knows nothing of
// the hypervisor, nor of the emulators. SDM 1 3.4.3.1 Status Flags, 2A to 2D for each instruction.

using System;
using System.Collections.Generic;
using System.Numerics;
using Iced.Intel;

namespace MinusOne.Tests.Boot.Stepping;

internal sealed class SmallProcessor(byte[] code, uint load)
{
    private readonly Dictionary<uint, uint> _stack = [];
    private readonly uint _load = load;
    private bool _carry;
    private bool _zero;
    private bool _sign;
    private bool _overflow;
    private bool _parity;

    // Registers, by their numbers in machine code.
    public uint[] Registers { get; } = new uint[8];

    public uint Rip { get; private set; } = load;

    private ref uint Top => ref Registers[4];

    public void Step()
    {
        int start = (int)(Rip - _load);
        var decoder = Decoder.Create(32, new ByteArrayCodeReader(code, start, code.Length - start));
        decoder.IP = Rip;
        Instruction instruction = decoder.Decode();
        Rip += (uint)instruction.Length;
        if (instruction.IsJccShortOrNear)
        {
            Rip = Holds(instruction.ConditionCode) ? instruction.NearBranch32 : Rip;
            return;
        }

        Execute(instruction);
    }

    private void Execute(in Instruction instruction)
    {
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Mov: Registers[Number(instruction)] = Source(instruction); break;
            case Mnemonic.Add: Set(instruction, Add(Target(instruction), Source(instruction), 0)); break;
            case Mnemonic.Adc: Set(instruction, Add(Target(instruction), Source(instruction), _carry ? 1u : 0)); break;
            case Mnemonic.Sub: Set(instruction, Subtract(Target(instruction), Source(instruction))); break;
            case Mnemonic.Cmp: Subtract(Target(instruction), Source(instruction)); break;
            case Mnemonic.Xor: Set(instruction, Logic(Target(instruction) ^ Source(instruction))); break;
            case Mnemonic.And: Set(instruction, Logic(Target(instruction) & Source(instruction))); break;
            case Mnemonic.Or: Set(instruction, Logic(Target(instruction) | Source(instruction))); break;
            case Mnemonic.Inc: KeepCarry(instruction, target => Add(target, 1, 0)); break;
            case Mnemonic.Dec: KeepCarry(instruction, target => Subtract(target, 1)); break;
            case Mnemonic.Push: Push(Target(instruction)); break;
            case Mnemonic.Pop: Registers[Number(instruction)] = Pop(); break;
            case Mnemonic.Jmp: Rip = instruction.NearBranch32; break;
            case Mnemonic.Call:
                Push(Rip);
                Rip = instruction.NearBranch32;
                break;
            case Mnemonic.Ret: Rip = Pop(); break;
            default: throw new NotSupportedException($"{instruction} at {instruction.IP:X}");
        }
    }

    private static int Number(in Instruction instruction) => instruction.Op0Register.GetNumber();

    private uint Target(in Instruction instruction) => Registers[Number(instruction)];

    private uint Source(in Instruction instruction) => instruction.Op1Kind == OpKind.Register
        ? Registers[instruction.Op1Register.GetNumber()]
        : (uint)instruction.GetImmediate(1);

    private void Set(in Instruction instruction, uint value) => Registers[Number(instruction)] = value;

    private void KeepCarry(in Instruction instruction, Func<uint, uint> change)
    {
        bool carry = _carry;
        Set(instruction, change(Target(instruction)));
        _carry = carry;
    }

    private uint Add(uint left, uint right, uint carry)
    {
        ulong whole = (ulong)left + right + carry;
        uint sum = Logic((uint)whole);
        _carry = whole > uint.MaxValue;
        _overflow = ((left ^ sum) & (right ^ sum)) >> 31 != 0;
        return sum;
    }

    private uint Subtract(uint left, uint right)
    {
        uint difference = Logic(left - right);
        _carry = left < right;
        _overflow = ((left ^ right) & (left ^ difference)) >> 31 != 0;
        return difference;
    }

    private uint Logic(uint value)
    {
        _carry = _overflow = false;
        _zero = value == 0;
        _sign = value >> 31 != 0;
        _parity = BitOperations.PopCount(value & 0xFF) % 2 == 0;
        return value;
    }

    private bool Holds(ConditionCode condition) => condition switch
    {
        ConditionCode.o => _overflow,
        ConditionCode.no => !_overflow,
        ConditionCode.b => _carry,
        ConditionCode.ae => !_carry,
        ConditionCode.e => _zero,
        ConditionCode.ne => !_zero,
        ConditionCode.be => _carry || _zero,
        ConditionCode.a => !_carry && !_zero,
        ConditionCode.s => _sign,
        ConditionCode.l => _sign != _overflow,
        ConditionCode.g => !_zero && _sign == _overflow,
        ConditionCode.p => _parity,
        _ => throw new NotSupportedException($"{condition}"),
    };

    private void Push(uint value)
    {
        Top -= sizeof(uint);
        _stack[Top] = value;
    }

    private uint Pop()
    {
        uint value = _stack[Top];
        Top += sizeof(uint);
        return value;
    }
}
