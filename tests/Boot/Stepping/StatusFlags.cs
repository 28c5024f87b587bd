// The status flags, but for the one between nibbles, which nothing here asks for: what arithmetic makes of them, and
// which conditions hold. SDM 1 3.4.3.1 Status Flags.

using System;
using System.Numerics;
using Iced.Intel;

namespace MinusOne.Tests.Boot.Stepping;

internal struct StatusFlags
{
    private const uint AlwaysOne = 1 << 1;
    private const int ParityBit = 2, ZeroBit = 6, SignBit = 7, OverflowBit = 11;

    private bool _parity;
    private bool _zero;
    private bool _sign;
    private bool _overflow;

    public bool Carry { get; set; }

    // As PUSHF stores them and POPF takes them.
    public uint Value
    {
        readonly get => AlwaysOne | Bit(Carry, 0) | Bit(_parity, ParityBit) | Bit(_zero, ZeroBit)
            | Bit(_sign, SignBit) | Bit(_overflow, OverflowBit);
        set
        {
            Carry = Has(value, 0);
            _parity = Has(value, ParityBit);
            _zero = Has(value, ZeroBit);
            _sign = Has(value, SignBit);
            _overflow = Has(value, OverflowBit);
        }
    }

    public uint Add(uint left, uint right, bool carry)
    {
        ulong whole = (ulong)left + right + Bit(carry, 0);
        uint sum = Logic((uint)whole);
        Carry = whole > uint.MaxValue;
        _overflow = ((left ^ sum) & (right ^ sum)) >> 31 != 0;
        return sum;
    }

    public uint Subtract(uint left, uint right)
    {
        uint difference = Logic(left - right);
        Carry = left < right;
        _overflow = ((left ^ right) & (left ^ difference)) >> 31 != 0;
        return difference;
    }

    public uint Logic(uint value)
    {
        Carry = _overflow = false;
        _zero = value == 0;
        _sign = value >> 31 != 0;
        _parity = BitOperations.PopCount(value & 0xFF) % 2 == 0;
        return value;
    }

    public readonly bool Hold(ConditionCode condition) => condition switch
    {
        ConditionCode.o => _overflow,
        ConditionCode.no => !_overflow,
        ConditionCode.b => Carry,
        ConditionCode.ae => !Carry,
        ConditionCode.e => _zero,
        ConditionCode.ne => !_zero,
        ConditionCode.be => Carry || _zero,
        ConditionCode.a => !Carry && !_zero,
        ConditionCode.s => _sign,
        ConditionCode.l => _sign != _overflow,
        ConditionCode.g => !_zero && _sign == _overflow,
        ConditionCode.p => _parity,
        _ => throw new NotSupportedException($"{condition}"),
    };

    private static uint Bit(bool isSet, int place) => isSet ? 1u << place : 0;

    private static bool Has(uint value, int place) => (value >> place & 1) != 0;
}
