// What the screen says, as cells in ordinary memory: a letter, and above it the colours of ink and ground. Painter puts
// them on the glass. Obeys what a terminal of the VT100 family does with control characters and with the sequences that
// line editors and coloured listings use (ECMA-48, 8.3); all others are passed over whole. At the bottom a quarter of
// the screen goes at once, so that a page of log is drawn four times and not once for each of its lines.

using System;

namespace MinusOne.Efi.Console;

internal unsafe partial struct Terminal
{
    // Light grey on black.
    public const byte UsualColours = 0x07;

    private const int TabWidth = 8;
    private const byte Escape = 0x1B;
    private const byte Bell = 0x07;
    private const byte Backspace = 0x08;
    private const byte Cancel = 0x18;
    private const byte Substitute = 0x1A;

    private ushort* _cells;
    private int _column;
    private int _row;
    private bool _isLog;

    // The sequence that is not over yet (Terminal.Sequences.cs), and what those before it have set.
    private fixed int _numbers[MostNumbers];
    private int _count;
    private SequenceState _state;
    private bool _isPrivate;
    private byte _ink;
    private byte _ground;
    private bool _isBold;
    private bool _isInverse;

    public int Columns { readonly get; private set; }

    public int Rows { readonly get; private set; }

    // The rows that have changed since Rest: [FirstChanged, EndChanged).
    public int FirstChanged { readonly get; private set; }

    public int EndChanged { readonly get; private set; }

    public readonly ushort* Row(int row) => _cells + (row * Columns);

    // `cells` has room for all of them.
    public void Open(ushort* cells, int columns, int rows)
    {
        this = default;
        _cells = cells;
        Columns = columns;
        Rows = rows;
        UseUsualColours();
        Erase(0, columns * rows);
        Rest(rows);
    }

    // What has changed above `row` was looked at.
    public void Rest(int row)
    {
        bool isAll = row >= EndChanged;
        FirstChanged = isAll ? Rows : row;
        EndChanged = isAll ? 0 : EndChanged;
    }

    public void ChangeAll()
    {
        FirstChanged = 0;
        EndChanged = Rows;
    }

    // The log has no sequences and begins on a line of its own; it neither sees nor changes the colours of a guest.
    public void WriteLog(ReadOnlySpan<byte> text)
    {
        if (!_isLog && _column != 0)
        {
            NewLine();
        }

        _isLog = true;
        foreach (byte value in text)
        {
            if (value >= ' ' || value == '\n')
            {
                Place(value, UsualColours);
            }
        }
    }

    // The hypervisor's words among the guest's: what the guest has left open or coloured does not hide them.
    public void WriteConsole(ReadOnlySpan<byte> text)
    {
        _state = SequenceState.None;
        UseUsualColours();
        foreach (byte value in text)
        {
            Put(value);
        }
    }

    public void Put(byte value)
    {
        _isLog = false;
        if (_state != SequenceState.None)
        {
            Continue(value);
            return;
        }

        switch (value)
        {
            case Escape:
                _state = SequenceState.Begun;
                break;
            case Backspace:
                _column = Math.Max(Math.Min(_column, Columns - 1) - 1, 0);
                break;
            case (byte)'\r':
                _column = 0;
                break;
            case (byte)'\t':
                _column = Math.Min((_column / TabWidth * TabWidth) + TabWidth, Columns - 1);
                break;
            default:
                if (value >= ' ' || value == '\n')
                {
                    Place(value, Colours);
                }

                break;
        }
    }

    // UTF-8: the first byte of several stands for the letter, the others have none.
    private void Place(byte value, byte colours)
    {
        if (value is >= 0x80 and < 0xC0)
        {
            return;
        }

        if (value == '\n' || _column == Columns)
        {
            NewLine();
        }

        if (value != '\n')
        {
            Row(_row)[_column++] = (ushort)(Math.Min(value, Letters.Unknown) | (colours << 8));
            Change(_row);
        }
    }

    private void NewLine()
    {
        _column = 0;
        if (++_row < Rows)
        {
            return;
        }

        int gone = Math.Max(Rows / 4, 1);
        var kept = new ReadOnlySpan<ushort>(Row(gone), (Rows - gone) * Columns);
        kept.CopyTo(new Span<ushort>(_cells, kept.Length));
        _row = Rows - gone;
        Erase(_row * Columns, gone * Columns);
        Change(0);
    }

    // So many cells from one on, in reading order.
    private void Erase(int first, int count)
    {
        if (count > 0)
        {
            new Span<ushort>(_cells + first, count).Fill((ushort)(' ' | ((Colours & 0xF0) << 8) | (UsualInk << 8)));
            Change(first / Columns);
            Change((first + count - 1) / Columns);
        }
    }

    private void Change(int row)
    {
        FirstChanged = Math.Min(FirstChanged, row);
        EndChanged = Math.Max(EndChanged, row + 1);
    }
}
