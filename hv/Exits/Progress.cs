// Notices a guest that gets nowhere: the same fault at the same place again and again, or one slice after the other at
// one instruction without any other exit. Both are cheap to see, and both would otherwise run for ever.

namespace MinusOne.Hv.Exits;

internal struct Progress
{
    // A repaired fault comes back at most a few times (split accesses, nested tables); a thousand times is a loop.
    private const uint MostRepeats = 1000;

    private ulong _faultRip;
    private ulong _faultAddress;
    private uint _faultRepeats;
    private ulong _sliceRip;

    // The TSC when it was first seen there; 0: it has moved.
    private ulong _idleSince;

    // A fault that was repaired and will be retried. False: it has been repaired too often.
    public bool Retried(ulong rip, ulong address)
    {
        bool same = rip == _faultRip && address == _faultAddress;
        _faultRip = rip;
        _faultAddress = address;
        _faultRepeats = same ? _faultRepeats + 1 : 0;
        return _faultRepeats < MostRepeats;
    }

    // The timer ended a slice in which nothing else happened. False: it has been at this place for `most` ticks.
    public bool SliceEnded(ulong rip, ulong tsc, ulong most)
    {
        _idleSince = rip == _sliceRip && _idleSince != 0 ? _idleSince : tsc;
        _sliceRip = rip;
        return tsc - _idleSince < most;
    }

    // Any other exit is progress.
    public void Moved() => _idleSince = 0;
}
