// How often one thing has come in a row: an exit of one reason at one place.

namespace MinusOne.Hv.Processor;

internal struct Repeats
{
    private uint _reason;
    private ulong _rip;
    private uint _count;

    // This time included.
    public uint Count(uint reason, ulong rip)
    {
        _count = _reason == reason && _rip == rip ? _count + 1 : 1;
        _reason = reason;
        _rip = rip;
        return _count;
    }
}
