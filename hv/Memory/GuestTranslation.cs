// Where a guest-linear address leads, or why it leads nowhere.

using MinusOne.Hv.X86;

namespace MinusOne.Hv.Memory;

internal readonly struct GuestTranslation
{
    public readonly Gpa Address;
    public readonly PageFaultError ErrorCode;
    public readonly GuestWalkStatus Status;

    // log2 of the bytes of the page; 32 without paging.
    public readonly byte PageShift;

    private GuestTranslation(GuestWalkStatus status, Gpa address, PageFaultError errorCode, int pageShift)
    {
        Address = address;
        ErrorCode = errorCode;
        Status = status;
        PageShift = (byte)pageShift;
    }

    public static GuestTranslation NotCanonical => new(GuestWalkStatus.NotCanonical, default, default, 0);

    public static GuestTranslation To(Gpa address, int pageShift) =>
        new(GuestWalkStatus.Translated, address, default, pageShift);

    public static GuestTranslation Fault(PageFaultError errorCode) =>
        new(GuestWalkStatus.PageFault, default, errorCode, 0);

    public static GuestTranslation Unreachable(Gpa table) =>
        new(GuestWalkStatus.TableUnreachable, table, default, 0);
}
