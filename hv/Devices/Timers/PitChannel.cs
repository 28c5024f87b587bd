// One counter of an 8254. Its state is that of the chip at one tick, and however many ticks have passed since, one step
// of closed arithmetic brings it up to date. Intel 82C54 data sheet, Mode Definitions and Programming. A count of 1,
// illegal in modes 2 and 3, is 2 there. The gate comes in as an argument: only counter 2 of a PC has one.
namespace MinusOne.Hv.Devices.Timers;

internal partial struct PitChannel
{
    private const byte OutputIsHigh = 0x80;
    private const byte NullCount = 0x40;
    private const byte Programming = 0x3F;

    // The tick that the state is told for.
    private ulong _at;

    // The counting element: from what was loaded (a written 0 is the largest) down; behind 0 comes the largest but one.
    private int _count;

    // What the present half of a square wave began with.
    private int _period;

    private ushort _written;
    private ushort _latched;
    private byte _lowWritten;
    private byte _control;
    private byte _status;
    private bool _isLow;
    private bool _isCounting;
    private bool _isNull;
    private bool _hasRisen;

    // The count goes to the counting element with the next tick.
    private bool _isLoading;

    // The strobe of modes 4 and 5 is still to come.
    private bool _isArmed;

    private bool _writesHigh;
    private bool _readsHigh;
    private bool _isLatched;
    private bool _isStatusLatched;

    public readonly bool Output => !_isLow;
    public readonly int Mode => (_control & 0x0C) == 0x0C ? (_control >> 1) & 3 : (_control >> 1) & 7;
    private readonly int Modulus => (_control & 1) != 0 ? 10_000 : 0x1_0000;
    private readonly int Access => (_control >> 4) & 3;

    // Whether the output has risen since the last time.
    public bool TakeEdge()
    {
        bool hasRisen = _hasRisen;
        _hasRisen = false;
        return hasRisen;
    }

    // The tick of the next rise of the output.
    public readonly ulong NextRise(bool gate)
    {
        int count = _isLoading ? Loaded : _count;
        ulong start = _at + (_isLoading ? 1ul : 0);
        int distance = count == 0 ? Modulus : count;
        bool runs = _isLoading || _isCounting;
        switch (Mode)
        {
            case 0: return runs && gate && _isLow ? start + (uint)distance : GuestClock.Never;
            case 1: return runs && (_isLow || _isLoading) ? start + (uint)distance : GuestClock.Never;
            case 2: return runs && gate ? start + (uint)count : GuestClock.Never;
            case 3: return runs && gate ? start + (uint)(_isLoading ? count : RiseOfSquare) : GuestClock.Never;
            default:
                bool comes = _isLoading || (_isArmed && (gate || Mode == 5));
                return _isLow ? _at + 1 : comes && (gate || Mode == 5) ? start + (uint)distance + 1 : GuestClock.Never;
        }
    }

    public void Advance(ulong to, bool gate)
    {
        ulong ticks = to - _at;
        _at = to;
        if (ticks != 0 && _isLow && Mode >= 4)
        {
            Rise();
        }

        if (ticks != 0 && _isLoading)
        {
            Load();
            ticks--;
        }

        if (ticks == 0 || !_isCounting || (!gate && Mode is not (1 or 5)))
        {
            return;
        }

        switch (Mode)
        {
            case 2: AdvanceRate(ticks); break;
            case 3: AdvanceSquare(ticks); break;
            default: CountDown(ticks); break;
        }
    }

    // The caller has advanced to the tick of the change.
    public void SetGate(bool gate)
    {
        int mode = Mode;
        if (!gate)
        {
            if (mode is 2 or 3 && _isLow)
            {
                Rise();
            }
        }
        else if (mode is 1 or 5 || (mode is 2 or 3 && _isCounting))
        {
            _isLoading = true;
        }
    }

    public void Program(byte control)
    {
        _control = (byte)(control & Programming);
        _writesHigh = _readsHigh = _isLatched = _isStatusLatched = false;
        _isCounting = _isLoading = _isArmed = false;
        _isNull = true;
        if (Mode == 0)
        {
            _isLow = true;
        }
        else if (_isLow)
        {
            Rise();
        }
    }

    public void LatchCount()
    {
        if (!_isLatched)
        {
            _latched = Visible;
            _isLatched = true;
        }
    }

    public void LatchStatus()
    {
        if (!_isStatusLatched)
        {
            _status = (byte)((_isLow ? 0 : OutputIsHigh) | (_isNull ? NullCount : 0) | _control);
            _isStatusLatched = true;
        }
    }

    public byte Read()
    {
        if (_isStatusLatched)
        {
            _isStatusLatched = false;
            return _status;
        }

        ushort value = _isLatched ? _latched : Visible;
        bool isHigh = Access == 2 || (Access != 1 && _readsHigh);
        _readsHigh = Access is 0 or 3 && !_readsHigh;
        _isLatched &= _readsHigh;
        return (byte)(isHigh ? value >> 8 : value);
    }

    public void Write(byte value)
    {
        if (Access is 1 or 2)
        {
            WriteCount((ushort)(value << (8 * (Access - 1))));
        }
        else if (_writesHigh)
        {
            _writesHigh = false;
            WriteCount((ushort)((value << 8) | _lowWritten));
        }
        else
        {
            _writesHigh = true;
            _lowWritten = value;
            if (Mode == 0)
            {
                _isLow = true;
                _isCounting = _isLoading = false;
            }
        }
    }

    private void WriteCount(ushort value)
    {
        _written = value;
        _isNull = true;
        _isLow |= Mode == 0;
        _isLoading |= Mode is 0 or 4 || (Mode is 2 or 3 && !_isCounting);
    }

    // What the written count loads.
    private readonly int Loaded
    {
        get
        {
            int count = _written;
            if ((_control & 1) != 0)
            {
                count =
                    ((count >> 12) * 1000) + (((count >> 8) & 15) * 100) + (((count >> 4) & 15) * 10) + (count & 15);
                count %= 10_000;
            }

            return count == 0 ? Modulus : count == 1 && Mode is 2 or 3 ? 2 : count;
        }
    }

    private readonly ushort Visible
    {
        get
        {
            if ((_control & 1) == 0)
            {
                return (ushort)_count;
            }

            int count = _count % 10_000;
            return (
                ushort)(((count / 1000) << 12) | ((count / 100 % 10) << 8) | ((count / 10 % 10) << 4) | (count % 10));
        }
    }
}
