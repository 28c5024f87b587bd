// How a counter goes on in each mode, any number of ticks in one step.
namespace MinusOne.Hv.Devices.Timers;

internal partial struct PitChannel
{
    private void Rise()
    {
        _isLow = false;
        _hasRisen = true;
    }

    private void Load()
    {
        _isLoading = false;
        _isCounting = true;
        _isNull = false;
        _count = Loaded;
        _period = _count;
        int mode = Mode;
        _count &= mode == 3 ? ~1 : ~0;
        _isArmed = mode >= 4;
        _isLow |= mode == 1;
    }

    // Modes 0, 1, 4 and 5: something happens at 0, once.
    private void CountDown(ulong ticks)
    {
        int distance = _count == 0 ? Modulus : _count;
        bool isThere = ticks >= (uint)distance;
        if (isThere && _isArmed)
        {
            _isArmed = false;
            _isLow = ticks == (uint)distance;
            _hasRisen |= !_isLow;
        }
        else if (isThere && _isLow)
        {
            Rise();
        }

        _count = (distance + Modulus - (int)(ticks % (uint)Modulus)) % Modulus;
    }

    // Mode 2: low for the last tick of a period.
    private void AdvanceRate(ulong ticks)
    {
        if (ticks < (uint)_count)
        {
            _count -= (int)ticks;
        }
        else
        {
            int period = Loaded;
            _count = period - (int)((ticks - (uint)_count) % (uint)period);
            _isNull = false;
            _hasRisen = true;
        }

        _isLow = _count == 1;
    }

    // Mode 3: two counts a tick; an odd period is high for one tick more. What was written counts from the next half.
    private void AdvanceSquare(ulong ticks)
    {
        int left = LeftOfHalf;
        if (ticks < (uint)left)
        {
            _count -= 2 * (int)ticks;
            return;
        }

        ticks -= (uint)left;
        _period = Loaded;
        _isNull = false;
        Toggle();
        int low = _period / 2;
        _hasRisen |= _isLow && ticks >= (uint)low;
        int rest = (int)(ticks % (uint)_period);
        int length = _isLow ? low : _period - low;
        if (rest >= length)
        {
            rest -= length;
            Toggle();
        }

        _count = (_period & ~1) - (2 * rest);
    }

    private readonly int LeftOfHalf => (_count / 2) + (_isLow ? 0 : _period & 1);
    private readonly int RiseOfSquare => LeftOfHalf + (_isLow ? 0 : Loaded / 2);

    private void Toggle()
    {
        _isLow = !_isLow;
        _hasRisen |= !_isLow;
    }
}
