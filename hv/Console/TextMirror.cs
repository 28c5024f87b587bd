// The text page of a PC's screen, for guests that print there and nowhere else: its rows become lines on the console.
// A row is told when one below it has text too, or when nothing has moved for a while; rows that moved up are known
// again, a row that grew is gone on with. What scrolls by between two looks is not seen.
namespace MinusOne.Hv.Console;

internal unsafe struct TextMirror
{
    private const int Columns = 80;
    private const int Rows = 25;
    private const int Words = Columns * Rows * 2 / 8;
    private const ulong Page = 0xB8000;

    // Ticks of the guest's own clock between two looks.
    private const ulong Interval = GuestClock.Hertz / 50;

    // Looks without a change after which the screen is as it is meant to be.
    private const int Settled = 5;

    // What each row was when it was told, and the whole page at the last look.
    private fixed byte _told[Columns * Rows];
    private fixed byte _lengths[Rows];
    private fixed ulong _seen[Words];
    private int _count;

    // One more than the row whose line may go on.
    private int _open;
    private int _quiet;
    private ulong _next;

    private bool _isOn;

    // Even if the guest prints elsewhere as well.
    private bool _isAsked;

    public void Begin(Choice choice, bool isPc)
    {
        this = default;
        _isOn = choice == Choice.Yes || (choice == Choice.Usual && isPc);
        _isAsked = choice == Choice.Yes;
    }

    // Whenever the console is looked at.
    public void Look(Vm* vm, ulong now)
    {
        // A clock that was set back has to be followed, and a console that is behind cannot be made to wait.
        bool isEarly = now < _next && _next - now <= Interval;
        if (isEarly || !IsWanted(vm) || Host.IsCongested())
        {
            return;
        }

        _next = now + Interval;
        if (GuestLook.Physical(vm, new Gpa(Page), out byte* host) != LookStatus.Found)
        {
            return;
        }

        if (!TrySee((ulong*)host))
        {
            _quiet = Math.Min(_quiet + 1, Settled + 1);
            if (_quiet == Settled)
            {
                Tell(vm, Rows);
            }

            return;
        }

        _quiet = 0;
        Follow(vm);
        Tell(vm, Last);
    }

    // The guest has ended: what its screen shows is all there will be.
    public void Finish(Vm* vm)
    {
        if (IsWanted(vm) && GuestLook.Physical(vm, new Gpa(Page), out byte* host) == LookStatus.Found)
        {
            if (TrySee((ulong*)host))
            {
                Follow(vm);
            }

            Tell(vm, Rows);
            EndLine(vm);
        }

        this = default;
    }

    private readonly bool IsWanted(Vm* vm) =>
        _isOn && (_isAsked || (!vm->Board.Serial.HasSent && !VirtioConsole.HasKeys(&vm->Board)));

    // The page as it is now. False: as it was.
    private bool TrySee(ulong* page)
    {
        bool hasChanged = false;
        for (int i = 0; i < Words; i++)
        {
            ulong word = page[i];
            hasChanged |= word != _seen[i];
            _seen[i] = word;
        }

        return hasChanged;
    }

    // How far up what was told has moved: as far as most of its rows are found again. Nothing of it: a new screen.
    private void Follow(Vm* vm)
    {
        int most = 0, best = _count;
        for (int shift = 0; shift < _count; shift++)
        {
            int found = 0;
            for (int row = shift; row < _count; row++)
            {
                found += _lengths[row] != 0 && Begins(row, row - shift) ? 1 : 0;
            }

            (most, best) = found > most ? (found, shift) : (most, best);
        }

        if (best == 0)
        {
            return;
        }

        for (int i = best * Columns; i < _count * Columns; i++)
        {
            _told[i - (best * Columns)] = _told[i];
        }

        for (int row = best; row < _count; row++)
        {
            _lengths[row - best] = _lengths[row];
        }

        _count -= best;
        if (_open != 0 && _open <= best)
        {
            EndLine(vm);
        }

        _open = Math.Max(0, _open - best);
    }

    // Rows before this one: what is new; if that is all of them, what was told and has changed since as well.
    private void Tell(Vm* vm, int end)
    {
        int rows = Math.Min(end, Last + 1);
        for (int row = 0; row < rows; row++)
        {
            bool isOpen = _open == row + 1;
            if (row >= _count || ((isOpen || end == Rows) && !IsAsTold(row)))
            {
                Tell(vm, row, isOpen && Begins(row, row) ? _lengths[row] : 0, isOpen);
            }
        }
    }

    private void Tell(Vm* vm, int row, int from, bool isOpen)
    {
        if (!isOpen || from == 0)
        {
            EndLine(vm);
        }

        int length = Length(row);
        for (int i = 0; i < Columns; i++)
        {
            byte value = At(row, i);
            if (i >= from && i < length)
            {
                SerialLine.Send(vm, value);
            }

            _told[(row * Columns) + i] = value;
        }

        _lengths[row] = (byte)length;
        _open = row + 1;
        _count = Math.Max(_count, row + 1);
    }

    private void EndLine(Vm* vm)
    {
        if (_open != 0)
        {
            SerialLine.Send(vm, (byte)'\r');
            SerialLine.Send(vm, (byte)'\n');
        }

        _open = 0;
    }

    // The last row with text.
    private int Last
    {
        get
        {
            int row = Rows - 1;
            while (row >= 0 && Length(row) == 0)
            {
                row--;
            }

            return row;
        }
    }

    private bool Begins(int told, int row)
    {
        int length = _lengths[told], i = 0;
        while (i < length && _told[(told * Columns) + i] == At(row, i))
        {
            i++;
        }

        return i == length;
    }

    private bool IsAsTold(int row) => Begins(row, row) && Length(row) == _lengths[row];

    private int Length(int row)
    {
        int length = Columns;
        while (length > 0 && At(row, length - 1) == ' ')
        {
            length--;
        }

        return length;
    }

    // A character with its colours is two bytes. Of code page 437 the console gets what ASCII has a likeness of.
    private byte At(int row, int column)
    {
        int cell = (row * Columns) + column;
        var value = (byte)(_seen[cell / 4] >> (cell % 4 * 16));
        return value switch
        {
            0 or 0xFF => (byte)' ',
            >= 0x20 and < 0x7F => value,
            0xB3 or 0xBA => (byte)'|',
            0xC4 => (byte)'-',
            0xCD => (byte)'=',
            >= 0xB0 and <= 0xB2 or >= 0xDB and <= 0xDF or 0xFE => (byte)'#',
            > 0xB3 and < 0xDB => (byte)'+',
            0xF9 or 0xFA => (byte)'.',
            _ => (byte)'?',
        };
    }
}
