// The timer of the local APIC: one-shot and periodic on the bus clock, which is the platform clock, and TSC-deadline.
// SDM 3A 12.5.4 APIC Timer. It is kept as the moment of its next expiry; the counter's value is worked out when asked.
namespace MinusOne.Hv.Devices.Interrupts;

internal unsafe partial struct LocalApic
{
    private const uint ModeBits = 3u << 17;
    private const uint Periodic = 1u << 17;
    private const uint TscDeadlineMode = 2u << 17;

    // When it wants attention: a masked timer does not.
    public readonly ulong Deadline => (Register(ApicRegister.LvtTimer) & Masked) != 0 ? GuestClock.Never : _expiry;
    public readonly bool IsTscDeadlineMode => (Register(ApicRegister.LvtTimer) & ModeBits) == TscDeadlineMode;
    private readonly bool IsPeriodic => (Register(ApicRegister.LvtTimer) & ModeBits) == Periodic;

    // Bits 3, 1 and 0: divide by 2 to 128, and by 1.
    private readonly int DivideShift =>
        (int)(((Register(ApicRegister.Divide) & 3) | ((Register(ApicRegister.Divide) & 8) >> 1)) + 1) & 7;

    private readonly ulong Period => (ulong)Register(ApicRegister.InitialCount) << DivideShift;

    public void Elapse(ulong now)
    {
        if (Roll(now))
        {
            FireLocal(ApicRegister.LvtTimer);
        }
    }

    // `at`: the same moment on the platform clock. In other modes writes are ignored.
    public void SetTscDeadline(ulong value, ulong at)
    {
        if (IsTscDeadlineMode)
        {
            TscDeadline = value;
            _expiry = value == 0 ? GuestClock.Never : at;
        }
    }

    private void StopTimer()
    {
        _expiry = GuestClock.Never;
        TscDeadline = 0;
    }

    // Several expiries of a periodic timer are one. True: it has expired.
    private bool Roll(ulong now)
    {
        if (_expiry > now)
        {
            return false;
        }

        ulong period = Period;
        _expiry = IsPeriodic && period != 0 ? _expiry + ((((now - _expiry) / period) + 1) * period) : GuestClock.Never;
        TscDeadline = 0;
        return true;
    }

    private uint CurrentCount(ulong now)
    {
        if (IsTscDeadlineMode)
        {
            return 0;
        }

        Elapse(now);
        return _expiry == GuestClock.Never ? 0 : (uint)((_expiry - now + (1UL << DivideShift) - 1) >> DivideShift);
    }

    // Going to TSC-deadline mode or away from it stops the timer.
    private void SetTimerEntry(uint value, ulong now)
    {
        Elapse(now);
        if (((value ^ Register(ApicRegister.LvtTimer)) & TscDeadlineMode) != 0)
        {
            Register(ApicRegister.InitialCount) = 0;
            StopTimer();
        }

        Register(ApicRegister.LvtTimer) = value | (IsSoftwareEnabled ? 0 : Masked);
    }

    private void SetInitialCount(uint value, ulong now)
    {
        if (IsTscDeadlineMode)
        {
            return;
        }

        Register(ApicRegister.InitialCount) = value;
        _expiry = value == 0 ? GuestClock.Never : now + Period;
    }

    // A counter that runs goes on from where it is, at its new speed.
    private void SetDivide(uint value, ulong now)
    {
        uint left = CurrentCount(now);
        Register(ApicRegister.Divide) = value;
        if (left != 0)
        {
            _expiry = now + ((ulong)left << DivideShift);
        }
    }
}
