// One line in the making, as a terminal sends it: printable characters, the keys that move and delete, ESC sequences
// for arrows, Home and End. Pure: it knows the text and the cursor and answers what the key meant; Terminal.cs draws.

using System;
using System.Runtime.CompilerServices;
using MinusOne.Guests.Kernel.Shared;

namespace MinusOne.Guests.Kernel.Shell;

internal enum Key
{
    // Nothing to show, or the rest of a sequence is still to come.
    Ignored,
    Changed,
    Entered,
    Older,
    Newer,

    // Ctrl-C: the line is given up. Ctrl-D on an empty line: the end.
    Abandoned,
    End,
}

internal unsafe struct LineEditor
{
    public const int Capacity = UserLayout.LongestLine;

    private const byte Escape = 0x1B;

    private Bytes _bytes;
    private EscapeState _escape;
    private byte _parameter;

    public int Length { get; private set; }

    public int Cursor { get; private set; }

    // More was typed than there is room for.
    public bool IsTooLong { get; private set; }

    public Span<byte> Text
    {
        get
        {
            fixed (Bytes* bytes = &_bytes)
            {
                return new Span<byte>(bytes, Length);
            }
        }
    }

    public void Clear() => Set(default);

    public void Set(ReadOnlySpan<byte> text)
    {
        Length = text.Length < Capacity ? text.Length : Capacity;
        Cursor = Length;
        IsTooLong = false;
        text.Slice(0, Length).CopyTo(Text);
    }

    public Key Press(byte key)
    {
        if (_escape != EscapeState.None)
        {
            return PressInSequence(key);
        }

        switch (key)
        {
            case (byte)'\r' or (byte)'\n':
                return Key.Entered;
            case Escape:
                _escape = EscapeState.Started;
                return Key.Ignored;
            case 0x7F or 0x08:
                return Cursor == 0 ? Key.Ignored : DeleteAt(Cursor - 1);
            case 0x01:
                return MoveTo(0);
            case 0x03:
                return Key.Abandoned;
            case 0x04:
                return Length == 0 ? Key.End : DeleteAt(Cursor);
            case 0x05:
                return MoveTo(Length);
            case 0x0B:
                Length = Cursor;
                return Key.Changed;
            case 0x15:
                Clear();
                return Key.Changed;
            default:
                return key is >= (byte)' ' and < 0x7F ? Insert(key) : Key.Ignored;
        }
    }

    // ESC [ or ESC O, perhaps a number, and a last character. ECMA-48, 5.4 Control sequences.
    private Key PressInSequence(byte key)
    {
        if (_escape == EscapeState.Started)
        {
            _escape = key is (byte)'[' or (byte)'O' ? EscapeState.Inside : EscapeState.None;
            _parameter = 0;
            return Key.Ignored;
        }

        if (key is >= (byte)'0' and <= (byte)'?')
        {
            _parameter = key;
            return Key.Ignored;
        }

        _escape = EscapeState.None;
        return (char)key switch
        {
            'A' => Key.Older,
            'B' => Key.Newer,
            'C' => MoveTo(Cursor + 1),
            'D' => MoveTo(Cursor - 1),
            'H' => MoveTo(0),
            'F' => MoveTo(Length),
            '~' when _parameter is (byte)'1' or (byte)'7' => MoveTo(0),
            '~' when _parameter is (byte)'4' or (byte)'8' => MoveTo(Length),
            '~' when _parameter == '3' => DeleteAt(Cursor),
            _ => Key.Ignored,
        };
    }

    private Key MoveTo(int place)
    {
        if (place < 0 || place > Length)
        {
            return Key.Ignored;
        }

        Cursor = place;
        return Key.Changed;
    }

    private Key Insert(byte character)
    {
        if (Length == Capacity)
        {
            IsTooLong = true;
            return Key.Ignored;
        }

        Length++;
        Span<byte> text = Text;
        text.Slice(Cursor, Length - 1 - Cursor).CopyTo(text.Slice(Cursor + 1));
        text[Cursor++] = character;
        return Key.Changed;
    }

    private Key DeleteAt(int place)
    {
        if (place >= Length)
        {
            return Key.Ignored;
        }

        Span<byte> text = Text;
        text.Slice(place + 1).CopyTo(text.Slice(place));
        Length--;
        Cursor = place;
        return Key.Changed;
    }

    private enum EscapeState : byte
    {
        None,
        Started,
        Inside,
    }

    [InlineArray(Capacity)]
    private struct Bytes
    {
        private byte _first;
    }
}
