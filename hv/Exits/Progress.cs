// Notices a guest that gets nowhere: the same fault at the same place again and again, or slice after slice at one instruction
// without any other exit. Both are cheap to see, and both would otherwise run for ever.

namespace MinusOne.Hv.Exits;

internal struct Progress
{
    // A repaired fault comes back at most a few times (split accesses, nested tables); a thousand times is a loop.
    private const uint MostRepeats = 1000;

    private ulong _faultRip;
    private ulong _faultAddress;
    private uint _faultRepeats;
    private ulong _sliceRip;
    private uint _idleSlices;

    // A fault that was repaired and will be retried. False: it has been repaired too often.
    public bool Retried(ulong rip, ulong address)
    {
        bool same = rip == _faultRip && address == _faultAddress;
        _faultRip = rip;
        _faultAddress = address;
        _faultRepeats = same ? _faultRepeats + 1 : 0;
        return _faultRepeats < MostRepeats;
    }

    // The timer ended a slice in which nothing else happened. False: that is `most` slices at one place.
    public bool SliceEnded(ulong rip, uint most)
    {
        _idleSlices = rip == _sliceRip ? _idleSlices + 1 : 0;
        _sliceRip = rip;
        return _idleSlices < most;
    }

    // Any other exit is progress.
    public void Moved() => _idleSlices = 0;
}
