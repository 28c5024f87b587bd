// The sequences that begin with ESC. ECMA-48 5.4 and 8.3: the numbers of a control sequence are separated by
// semicolons, a missing one is 0 or what the function says; what begins with a mark like ? belongs to somebody else.

using System;

namespace MinusOne.Efi.Console;

internal unsafe partial struct Terminal
{
    private const int UsualInk = 7;
    private const int Bright = 8;
    private const int MostNumbers = 8;
    private const int MostNumber = 9999;

    private enum SequenceState : byte
    {
        None,
        Begun,
        Control,

        // Up to BEL or ESC \.
        Text,
        TextEscape,

        // One byte more, which says nothing to us.
        OneMore,
    }

    private readonly byte Colours
    {
        get
        {
            int ink = _ink | (_isBold ? Bright : 0);
            return (byte)(_isInverse ? _ground | (ink << 4) : ink | (_ground << 4));
        }
    }

    private void Continue(byte value)
    {
        if (value is Cancel or Substitute)
        {
            _state = SequenceState.None;
            return;
        }

        switch (_state)
        {
            case SequenceState.Begun:
                Begin(value);
                break;
            case SequenceState.Control:
                TakeControl(value);
                break;
            case SequenceState.Text:
                _state = value == Bell ? SequenceState.None
                    : value == Escape ? SequenceState.TextEscape
                    : SequenceState.Text;
                break;
            default:
                _state = SequenceState.None;
                break;
        }
    }

    private void Begin(byte value)
    {
        _count = 0;
        _isPrivate = false;
        for (int i = 0; i < MostNumbers; i++)
        {
            _numbers[i] = 0;
        }

        _state = value switch
        {
            (byte)'[' => SequenceState.Control,
            (byte)']' or (byte)'P' or (byte)'X' or (byte)'^' or (byte)'_' => SequenceState.Text,
            >= (byte)' ' and <= (byte)'/' => SequenceState.OneMore,
            Escape => SequenceState.Begun,
            _ => SequenceState.None,
        };
    }

    private void TakeControl(byte value)
    {
        if (value is >= (byte)'0' and <= (byte)'9')
        {
            if (_count < MostNumbers)
            {
                _numbers[_count] = Math.Min((_numbers[_count] * 10) + value - '0', MostNumber);
            }
        }
        else if (value == ';')
        {
            _count = Math.Min(_count + 1, MostNumbers);
        }
        else if (value is >= (byte)'<' and <= (byte)'?')
        {
            _isPrivate = true;
        }
        else if (value is < (byte)' ' or >= (byte)'@')
        {
            // A control character breaks it off.
            _state = value == Escape ? SequenceState.Begun : SequenceState.None;
            if (!_isPrivate && value >= '@')
            {
                Obey(value, Math.Max(_numbers[0], 1));
            }
        }
    }

    private void Obey(byte function, int distance)
    {
        int column = Math.Min(_column, Columns - 1);
        switch (function)
        {
            case (byte)'A':
                MoveTo(_row - distance, column);
                break;
            case (byte)'B':
                MoveTo(_row + distance, column);
                break;
            case (byte)'C':
                MoveTo(_row, column + distance);
                break;
            case (byte)'D':
                MoveTo(_row, column - distance);
                break;
            case (byte)'G':
                MoveTo(_row, distance - 1);
                break;
            case (byte)'H' or (byte)'f':
                MoveTo(distance - 1, Math.Max(_numbers[1], 1) - 1);
                break;
            case (byte)'J':
                EraseAround((_row * Columns) + column, 0, Rows * Columns);
                break;
            case (byte)'K':
                EraseAround((_row * Columns) + column, _row * Columns, (_row + 1) * Columns);
                break;
            case (byte)'P':
                Shift(column, -Math.Min(distance, Columns - column));
                break;
            case (byte)'@':
                Shift(column, Math.Min(distance, Columns - column));
                break;
            case (byte)'X':
                Erase((_row * Columns) + column, Math.Min(distance, Columns - column));
                break;
            case (byte)'m':
                Colour();
                break;
        }
    }

    private void MoveTo(int row, int column)
    {
        _row = Math.Max(Math.Min(row, Rows - 1), 0);
        _column = Math.Max(Math.Min(column, Columns - 1), 0);
    }

    // 0: from here to the end; 1: from the start to here; 2: all.
    private void EraseAround(int here, int start, int end)
    {
        int first = _numbers[0] == 0 ? here : start;
        Erase(first, (_numbers[0] == 1 ? here + 1 : end) - first);
    }

    // The rest of the line moves, and what it leaves is empty.
    private void Shift(int column, int distance)
    {
        int rest = Columns - column - Math.Abs(distance);
        ushort* here = Row(_row) + column;
        new ReadOnlySpan<ushort>(here + Math.Max(-distance, 0), rest)
            .CopyTo(new Span<ushort>(here + Math.Max(distance, 0), rest));
        Erase((_row * Columns) + column + (distance < 0 ? rest : 0), Math.Abs(distance));
    }

    private void Colour()
    {
        for (int i = 0; i <= Math.Min(_count, MostNumbers - 1); i++)
        {
            int number = _numbers[i];
            if (number is 38 or 48)
            {
                // One of 256, or red, green and blue: 5;n or 2;r;g;b. The first 16 are ours.
                bool isOurs = i + 2 < MostNumbers && _numbers[i + 1] == 5 && _numbers[i + 2] < 16;
                SetColour(number == 38, isOurs ? _numbers[i + 2] : number == 38 ? UsualInk : 0);
                i += i + 1 < MostNumbers && _numbers[i + 1] == 2 ? 4 : 2;
                continue;
            }

            switch (number)
            {
                case 0:
                    UseUsualColours();
                    break;
                case 1 or 22:
                    _isBold = number == 1;
                    break;
                case 7 or 27:
                    _isInverse = number == 7;
                    break;
                case >= 30 and <= 37 or 39:
                    SetColour(true, number == 39 ? UsualInk : number - 30);
                    break;
                case >= 40 and <= 47 or 49:
                    SetColour(false, number == 49 ? 0 : number - 40);
                    break;
                case >= 90 and <= 97:
                    SetColour(true, number - 90 + Bright);
                    break;
                case >= 100 and <= 107:
                    SetColour(false, number - 100 + Bright);
                    break;
            }
        }
    }

    private void UseUsualColours()
    {
        _isBold = _isInverse = false;
        SetColour(true, UsualInk);
        SetColour(false, 0);
    }

    private void SetColour(bool isInk, int colour)
    {
        _ink = isInk ? (byte)colour : _ink;
        _ground = isInk ? _ground : (byte)colour;
    }
}
