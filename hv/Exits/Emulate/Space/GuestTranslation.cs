// What a walk of the guest's own paging structures is asked, and how it ends.

namespace MinusOne.Hv.Exits.Emulate.Space;

// An access of the guest to one of its linear addresses, as far as paging cares. Without any bit: a supervisor-mode
// data read.
[Flags]
internal enum GuestAccess : byte
{
    Read = 0,
    Write = 1,
    Fetch = 2,

    // CPL is 3, and the access is not implicit.
    User = 4,

    // To a system structure (descriptor tables, TSS): supervisor mode whatever CPL is, and never exempt from SMAP.
    Implicit = 8,

    // RFLAGS.AC is 1: suspends SMAP for explicit accesses.
    AlignmentCheck = 16,

    // Looks only: accessed and dirty flags stay as they are.
    Probe = 32,
}

// How a walk of the guest's paging structures ends.
internal enum GuestWalkStatus : byte
{
    Translated,

    // The guest gets #PF with ErrorCode; CR2 is the address that was asked for.
    PageFault,

    // #GP, or #SS for the stack segment.
    NotCanonical,

    // A paging structure lies where the guest has no memory; Address says where.
    TableUnreachable,
}

// The end of a guest-linear address, or why it leads nowhere.
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
