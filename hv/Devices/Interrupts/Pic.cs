// One 8259A interrupt controller. Intel 8259A data sheet; the choice between edge and level is a register for each
// input, as in the PIIX and ICH (ELCR), and LTIM of ICW1 means nothing, as there. Everything that depends on priorities
// is one rotation and one comparison of lowest bits. Leaves out the MCS-80 mode and buffers: always as in 8086 mode.
namespace MinusOne.Hv.Devices.Interrupts;

internal struct Pic
{
    // ICW1.
    private const byte NeedsFourthWord = 0x01;
    private const byte Single = 0x02;
    private const byte IsFirstWord = 0x10;

    // ICW4.
    private const byte AutomaticEnd = 0x02;
    private const byte FullyNested = 0x10;

    // OCW2, as nearly every handler ends.
    private const byte EndOfInterrupt = 0x20;

    // OCW3.
    private const byte IsThirdCommand = 0x08;
    private const byte Poll = 0x04;

    private byte _requests;
    private byte _inService;
    private byte _mask;
    private byte _lines;
    private byte _base;
    private byte _slaves;

    // The input with the highest priority; the others follow in a circle.
    private byte _first;

    private byte _firstWord;
    private byte _mode;

    // The next initialisation word: 2, 3 or 4; 0 if none is due.
    private byte _awaited;
    private bool _isInitialised;
    private bool _isSpecialMask;
    private bool _isRotating;
    private bool _readsInService;

    // The INT pin.
    public bool Interrupt { readonly get; private set; }

    public byte Levels { readonly get; private set; }

    // The next read is an acknowledge.
    public bool IsPolled { readonly get; private set; }

    public readonly bool HasSlave(int input) => (_firstWord & Single) == 0 && (_slaves & (1 << input)) != 0;
    public readonly byte Vector(int input) => (byte)(_base | input);

    // A request stays as long as its line is high; on an edge input it begins with the line's rise and ends when it is
    // accepted. A line that falls takes its request along, but not the INT pin: the acknowledge then finds nothing and
    // gives vector 7, by which a guest knows a line with noise.
    public void SetLine(int input, bool isHigh)
    {
        byte bit = (byte)(1 << input);
        if (!isHigh)
        {
            _lines &= (byte)~bit;
            _requests &= (byte)~bit;
            return;
        }

        _requests |= (byte)(bit & (Levels | ~_lines));
        _lines |= bit;
        Interrupt |= Highest >= 0;
    }

    public void SetLevels(byte levels)
    {
        int changed = Levels ^ levels;
        _requests = (byte)((_requests & ~changed) | (_lines & levels & changed));
        Levels = levels;
        Update();
    }

    // What an acknowledge cycle does: the request with the highest priority goes into service. Its input; -1: none.
    public int Accept()
    {
        int input = Highest;
        if (input < 0)
        {
            Interrupt = false;
            return -1;
        }

        int bit = 1 << input;
        _requests &= (byte)(~bit | (_lines & Levels));
        if ((_mode & AutomaticEnd) == 0)
        {
            _inService |= (byte)bit;
        }
        else if (_isRotating)
        {
            MakeLast(input);
        }

        Update();
        return input;
    }

    public byte Read(uint offset)
    {
        if (IsPolled)
        {
            IsPolled = false;
            int input = Accept();
            return input < 0 ? (byte)0 : (byte)(0x80 | input);
        }

        return offset != 0 ? _mask : _readsInService ? _inService : _requests;
    }

    public void Write(uint offset, byte value)
    {
        if (offset == 0 && value == EndOfInterrupt)
        {
            // Nothing to end and nothing to take back: most of all, a guest that sends one too many.
            if (_inService == 0 && !Interrupt)
            {
                return;
            }

            EndHighest(false);
        }
        else if (offset != 0)
        {
            WriteData(value);
        }
        else if ((value & IsFirstWord) != 0)
        {
            Initialise(value);
        }
        else if ((value & IsThirdCommand) != 0)
        {
            WriteThirdCommand(value);
        }
        else
        {
            WriteSecondCommand(value >> 5, value & 7);
        }

        Update();
    }

    private void Initialise(byte value)
    {
        _firstWord = value;
        _requests = (byte)(_lines & Levels);
        _inService = _mask = _first = _mode = _slaves = 0;
        _awaited = 2;
        _isInitialised = _isSpecialMask = _isRotating = IsPolled = _readsInService = false;
    }

    private void WriteData(byte value)
    {
        if (_awaited == 0)
        {
            _mask = value;
            return;
        }

        int next = _awaited + 1;
        switch (_awaited)
        {
            case 2: _base = (byte)(value & 0xF8); break;
            case 3: _slaves = value; break;
            case 4: _mode = value; break;
        }

        next += next == 3 && (_firstWord & Single) != 0 ? 1 : 0;
        next += next == 4 && (_firstWord & NeedsFourthWord) == 0 ? 1 : 0;
        _isInitialised = next > 4;
        _awaited = (byte)(next > 4 ? 0 : next);
    }

    private void WriteSecondCommand(int command, int input)
    {
        switch (command)
        {
            case 0: _isRotating = false; break;
            case 1: EndHighest(false); break;
            case 3: _inService &= (byte)~(1 << input); break;
            case 4: _isRotating = true; break;
            case 5: EndHighest(true); break;
            case 6: MakeLast(input); break;
            case 7:
                _inService &= (byte)~(1 << input);
                MakeLast(input);
                break;
        }
    }

    private void WriteThirdCommand(byte value)
    {
        IsPolled = (value & Poll) != 0;
        if ((value & 0x02) != 0)
        {
            _readsInService = (value & 0x01) != 0;
        }

        if ((value & 0x40) != 0)
        {
            _isSpecialMask = (value & 0x20) != 0;
        }
    }

    // The non-specific end of interrupt.
    private void EndHighest(bool rotates)
    {
        uint blocking = Blocking;
        if (blocking == 0)
        {
            return;
        }

        int input = (BitOperations.TrailingZeroCount(InOrder((int)blocking)) + _first) & 7;
        _inService &= (byte)~(1 << input);
        if (rotates)
        {
            MakeLast(input);
        }
    }

    private void MakeLast(int input) => _first = (byte)((input + 1) & 7);

    // In special mask mode an input that is masked neither blocks others nor is ended unasked.
    private readonly uint Blocking => (uint)(_isSpecialMask ? _inService & ~_mask : _inService);

    // Bit 0 is the input with the highest priority.
    private readonly uint InOrder(int inputs) => (((uint)(inputs & 0xFF) * 0x101) >> _first) & 0xFF;
    private void Update() => Interrupt = (_requests & ~_mask) != 0 && Highest >= 0;

    // The request that gets through: its priority is higher than that of everything in service. In special fully nested
    // mode a slave may also interrupt itself: it knows its own priorities. Less than 0: none.
    private readonly int Highest
    {
        get
        {
            int open = _requests & ~_mask;
            if (open == 0 || !_isInitialised)
            {
                return -1;
            }

            int place = BitOperations.TrailingZeroCount(InOrder(open));
            uint blocking = InOrder((int)Blocking);
            uint limit = blocking & (0 - blocking);
            uint bit = 1u << place;
            bool passes = limit == 0 || bit < limit
                || (bit == limit && (_mode & FullyNested) != 0 && (InOrder(_slaves) & bit) != 0);
            return passes ? (place + _first) & 7 : -1;
        }
    }
}
