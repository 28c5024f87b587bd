// What 64-bit mode makes of the bases: only FS and GS have one.
namespace MinusOne.Tests.Unit.Decode;

internal static class SegmentBasesExtensions
{
    public static ulong OrZero(this in SegmentBases bases, GuestSegment segment) =>
        segment >= GuestSegment.Fs ? bases[segment] : 0;
}
