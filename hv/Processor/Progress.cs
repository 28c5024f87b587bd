// Notices a guest that gets nowhere: the same fault at the same place again and again, or one slice after the other at
// one instruction without any other exit. Both are cheap to see, and both would otherwise run for ever.
namespace MinusOne.Hv.Processor;

internal unsafe struct Progress
{
    // A repaired fault comes back at most a few times (split accesses, nested tables); a thousand times is a loop.
    private const uint MostRepeats = 1000;

    private ulong _faultRip;
    private ulong _faultAddress;
    private ulong _faultState;
    private uint _faultRepeats;
    private ulong _sliceRip;

    // The TSC when it was first seen there; 0: it has moved.
    private ulong _idleSince;

    private bool _isStuck;

    public readonly bool IsStuck => _isStuck && _idleSince != 0;

    // A fault that was repaired and will be retried, or handed to the guest. False: it has come too often. A loop whose
    // handler steps over the instruction comes back to the same place with other registers: it gets somewhere.
    public bool Retried(ulong rip, ulong address, ref GuestRegisters registers)
    {
        ulong state = Sum(ref registers);
        bool same = rip == _faultRip && address == _faultAddress && state == _faultState;
        _faultRip = rip;
        _faultAddress = address;
        _faultState = state;
        _faultRepeats = same ? _faultRepeats + 1 : 0;
        return _faultRepeats < MostRepeats;
    }

    // The timer ended a slice in which nothing else happened. False: it has been at this place for `most` ticks.
    public bool SliceEnded(ulong rip, ulong tsc, ulong most)
    {
        _idleSince = rip == _sliceRip && _idleSince != 0 ? _idleSince : tsc;
        _sliceRip = rip;
        _isStuck = tsc - _idleSince >= most;
        return !_isStuck;
    }

    // Any other exit is progress.
    public static void Moved(Vcpu* vcpu) => vcpu->Progress._idleSince = 0;

    private static ulong Sum(ref GuestRegisters registers)
    {
        ulong sum = 0;
        for (int i = 0; i < 16; i++)
        {
            sum = BitOperations.RotateLeft(sum, 7) + registers[i];
        }

        return sum;
    }
}

// How often one thing has come in a row: an exit of one reason at one place.
internal struct Repeats
{
    private uint _reason;
    private uint _count;
    private ulong _rip;

    // This time included.
    public uint Count(uint reason, ulong rip)
    {
        _count = _reason == reason && _rip == rip ? _count + 1 : 1;
        _reason = reason;
        _rip = rip;
        return _count;
    }
}
