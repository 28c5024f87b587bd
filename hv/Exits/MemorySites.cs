// The instructions on devices' memory that a processor has executed last, found by RIP; a newer one takes the place
// of an older one.

namespace MinusOne.Hv.Exits;

internal unsafe struct MemorySites
{
    private const int Places = 8;

    private fixed byte _sites[Places * MemorySite.Bytes];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public MemorySite* At(ulong rip) =>
        (MemorySite*)Unsafe.AsPointer(ref _sites[0]) + ((rip ^ (rip >> 4)) & (Places - 1));
}
