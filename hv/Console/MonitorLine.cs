// The line that somebody types at the monitor: with an echo, Tab for the rest of a word, the arrows for earlier lines.
// What the terminal shows is written anew with a carriage return and "erase to the end of the line" (ECMA-48 EL); what
// does not fit is not taken.
namespace MinusOne.Hv.Console;

internal unsafe struct MonitorLine
{
    public const int LongestLine = 64;
    private const int Kept = 8;
    private const byte Backspace = 0x08, Tab = 0x09, EraseLine = 0x15, Escape = 0x1B, Delete = 0x7F;

    private fixed byte _line[LongestLine];
    private int _length;

    // Lines before it, a ring; how many there have been, and which of them is shown: 0 is the one being typed.
    private fixed byte _history[Kept * LongestLine];
    private fixed byte _lengths[Kept];
    private uint _count;
    private uint _shown;

    private static ReadOnlySpan<byte> Prompt => "minusone> "u8;

    [UnscopedRef]
    private ReadOnlySpan<byte> Line => new(Unsafe.AsPointer(ref _line[0]), _length);

    // The next line, without its end. Good until the next one is read; the editor does not move.
    [UnscopedRef]
    public ReadOnlySpan<byte> Read()
    {
        _length = 0;
        _shown = 0;
        Writer.Console.Text(Prompt);
        byte value;
        while ((value = Next()) is not ((byte)'\r' or (byte)'\n'))
        {
            Take(value);
        }

        Writer.Console.EndLine();
        Keep();
        return Line;
    }

    private void Take(byte value)
    {
        switch (value)
        {
            case Backspace or Delete:
                Writer.Console.Text("\b \b"u8[..(_length > 0 ? 3 : 0)]);
                _length = Math.Max(0, _length - 1);
                break;
            case EraseLine:
                _length = 0;
                Show();
                break;
            case Tab:
                Complete();
                break;
            case Escape:
                Arrow();
                break;
            default:
                if (value >= ' ')
                {
                    Put(value);
                }

                break;
        }
    }

    private void Put(byte value)
    {
        if (_length < LongestLine)
        {
            _line[_length++] = value;
            Writer.Console.Text(new ReadOnlySpan<byte>(in value));
        }
    }

    private void Show() => Writer.Console.Text("\r"u8).Text(Prompt).Text(Line).Text("\x1B[K"u8);

    // ESC [ A is up, ESC [ B down; other sequences of this kind are passed over up to the letter that ends them.
    private void Arrow()
    {
        byte value = Next();
        if (value is not ((byte)'[' or (byte)'O'))
        {
            return;
        }

        while ((value = Next()) is >= (byte)' ' and < (byte)'@')
        {
        }

        uint wanted = value == 'A' ? _shown + 1 : value == 'B' ? _shown - 1 : _shown;
        if (wanted == _shown || wanted > Math.Min(_count, Kept))
        {
            return;
        }

        _shown = wanted;
        _length = 0;
        if (wanted != 0)
        {
            uint place = (_count - wanted) % Kept;
            _length = _lengths[place];
            Entry(place).Slice(0, _length).CopyTo(new Span<byte>(Unsafe.AsPointer(ref _line[0]), LongestLine));
        }

        Show();
    }

    // A line that says nothing, or the same as the one before, is not kept.
    private void Keep()
    {
        uint last = (_count - 1) % Kept;
        if (_length == 0 || (_count != 0 && Line.SequenceEqual(Entry(last).Slice(0, _lengths[last]))))
        {
            return;
        }

        Line.CopyTo(Entry(_count % Kept));
        _lengths[_count++ % Kept] = (byte)_length;
    }

    [UnscopedRef]
    private Span<byte> Entry(uint place) =>
        new((byte*)Unsafe.AsPointer(ref _history[0]) + (place * LongestLine), LongestLine);

    // The first word is a command's name, and so is what stands behind help. As much is put as all that fit have in
    // common; if that is nothing, they are listed.
    private void Complete()
    {
        int start = _length;
        while (start > 0 && _line[start - 1] != ' ')
        {
            start--;
        }

        int had = _length - start;
        if (start != 0 && !Spelling.Are(Line.Slice(0, start), "help "u8))
        {
            return;
        }

        ReadOnlySpan<byte> common = default;
        int fitting = 0;
        for (int i = 0; i < MonitorCommand.Count; i++)
        {
            ReadOnlySpan<byte> name = MonitorCommand.At(i).Name;
            if (Spelling.Begin(name, Line.Slice(start)))
            {
                common = fitting++ == 0 ? name : name.Slice(0, Common(name, common));
            }
        }

        if (fitting > 1 && common.Length == had)
        {
            List(start);
            return;
        }

        for (int i = had; i < common.Length; i++)
        {
            Put(common[i]);
        }

        if (fitting == 1)
        {
            Put((byte)' ');
        }
    }

    private void List(int start)
    {
        Writer line = Writer.Console.Text("\n"u8);
        for (int i = 0; i < MonitorCommand.Count; i++)
        {
            ReadOnlySpan<byte> name = MonitorCommand.At(i).Name;
            line = Spelling.Begin(name, Line.Slice(start)) ? line.Text(name).Text(" "u8) : line;
        }

        line.EndLine();
        Show();
    }

    private static int Common(ReadOnlySpan<byte> name, ReadOnlySpan<byte> other)
    {
        int same = 0;
        while (same < name.Length && same < other.Length && name[same] == other[same])
        {
            same++;
        }

        return same;
    }

    private static byte Next()
    {
        byte value;
        while (!Host.TryRead(&value))
        {
            Cpu.Pause();
        }

        return value;
    }
}
