// Makes what a terminal would send of keys that go down and up: bytes, in which arrows and the like are the sequences
// of an xterm. ECMA-48 5.4 Control sequences.

using System;

namespace MinusOne.Efi.Metal.Keys;

internal unsafe struct KeyTyping
{
    private const int Room = 64;
    private const byte Escape = 0x1B;

    // Bytes that one key can become: Alt before a sequence of five.
    private const int Longest = 6;

    private fixed byte _bytes[Room];
    private uint _first;
    private uint _end;
    private KeyModifiers _modifiers;
    private bool _isCapital;

    public KeyLayout Layout;

    public bool TryTake(out byte value)
    {
        value = _bytes[_first % Room];
        bool isThere = _first != _end;
        _first += isThere ? 1u : 0;
        return isThere;
    }

    public void Release(byte usage)
    {
        if (usage is >= KeyUsage.FirstModifier and <= KeyUsage.LastModifier)
        {
            _modifiers &= ~Modifier(usage);
        }
    }

    // What nobody fetches in time is lost, as a keyboard's own buffer loses it: whole keys.
    public void Press(byte usage)
    {
        if (usage is >= KeyUsage.FirstModifier and <= KeyUsage.LastModifier)
        {
            _modifiers |= Modifier(usage);
        }
        else if (usage == KeyUsage.CapsLock)
        {
            _isCapital = !_isCapital;
        }
        else if (_end - _first <= Room - Longest)
        {
            Type(usage);
        }
    }

    private static KeyModifiers Modifier(byte usage) => (KeyModifiers)(1 << (usage - KeyUsage.FirstModifier));

    private void Type(byte usage)
    {
        if (!TryPad(usage) && !TrySequence(usage))
        {
            TypeCharacter(usage);
        }
    }

    private void TypeCharacter(byte usage)
    {
        bool isThird = (_modifiers & KeyModifiers.RightAlt) != 0;
        uint plain = KeyLayouts.Character(Layout, usage, false, false);
        bool isLetter = plain is (>= 'a' and <= 'z') or 'ä' or 'ö' or 'ü';
        bool isShifted = (_modifiers & KeyModifiers.Shift) != 0 ^ (isLetter && _isCapital);
        uint character = KeyLayouts.Character(Layout, usage, isShifted, isThird);
        if (character == 0)
        {
            return;
        }

        if ((_modifiers & KeyModifiers.LeftAlt) != 0)
        {
            Put(Escape);
        }

        if ((_modifiers & KeyModifiers.Control) != 0 && (character == ' ' || character is >= '@' and <= '~'))
        {
            Put((byte)(character & 0x1F));
            return;
        }

        PutCharacter(character);
    }

    // UTF-8 in as many bytes as it takes: at most three here.
    private void PutCharacter(uint character)
    {
        if (character < 0x80)
        {
            Put((byte)character);
        }
        else if (character < 0x800)
        {
            Put((byte)(0xC0 | (character >> 6)));
            Put((byte)(0x80 | (character & 0x3F)));
        }
        else
        {
            Put((byte)(0xE0 | (character >> 12)));
            Put((byte)(0x80 | ((character >> 6) & 0x3F)));
            Put((byte)(0x80 | (character & 0x3F)));
        }
    }

    // The pad beside the others is one for numbers.
    private bool TryPad(byte usage)
    {
        if (usage is < KeyUsage.PadSlash or > KeyUsage.PadPoint)
        {
            return false;
        }

        Put("/*-+\r1234567890."u8[usage - KeyUsage.PadSlash]);
        return true;
    }

    private bool TrySequence(byte usage)
    {
        if (usage is >= KeyUsage.F1 and <= KeyUsage.F12)
        {
            return TryFunctionKey(usage - KeyUsage.F1);
        }

        ReadOnlySpan<byte> rest = usage switch
        {
            KeyUsage.Up => "A"u8,
            KeyUsage.Down => "B"u8,
            KeyUsage.Right => "C"u8,
            KeyUsage.Left => "D"u8,
            KeyUsage.Home => "H"u8,
            KeyUsage.End => "F"u8,
            KeyUsage.Insert => "2~"u8,
            KeyUsage.Delete => "3~"u8,
            KeyUsage.PageUp => "5~"u8,
            KeyUsage.PageDown => "6~"u8,
            _ => default,
        };
        PutSequence((byte)'[', rest);
        return !rest.IsEmpty;
    }

    // Four as the VT100 had them, the others by numbers with two gaps.
    private bool TryFunctionKey(int number)
    {
        if (number < 4)
        {
            PutSequence((byte)'O', "PQRS"u8.Slice(number, 1));
        }
        else
        {
            PutSequence((byte)'[', "15~17~18~19~20~21~23~24~"u8.Slice((number - 4) * 3, 3));
        }

        return true;
    }

    private void PutSequence(byte kind, ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty)
        {
            return;
        }

        Put(Escape);
        Put(kind);
        foreach (byte value in rest)
        {
            Put(value);
        }
    }

    private void Put(byte value) => _bytes[_end++ % Room] = value;
}
