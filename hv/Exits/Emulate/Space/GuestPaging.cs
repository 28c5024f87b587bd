// How the guest translates now, decoded once from its control registers, SDM 3A 5.1 Paging Modes and Control Bits; and
// what a walk of its own paging structures is asked, and how it ends.
namespace MinusOne.Hv.Exits.Emulate.Space;

// The paging modes. SDM 3A 5.1.1 Four Paging Modes.
internal enum PagingMode : byte
{
    None,
    Bits32,
    Pae,
    FourLevel,
    FiveLevel,
}

internal unsafe struct GuestPaging
{
    public readonly PagingMode Mode;
    public readonly bool WriteProtect;
    public readonly bool PageSizeExtensions;
    public readonly bool ExecutionPrevention;
    public readonly bool AccessPrevention;
    public readonly bool ExecuteDisable;
    public readonly bool Pages1G;
    public readonly byte PhysicalAddressBits;

    // The first table; unused by PAE paging.
    public readonly Gpa Root;

    // The four entries that a processor keeps from the last MOV to CR3; the VMCS has them.
    private fixed ulong _pdptes[4];

    // `physicalAddressBits` and `pages1G` as the guest's CPUID says.
    public GuestPaging(Cr0 cr0, ulong cr3, Cr4 cr4, Efer efer, int physicalAddressBits, bool pages1G)
    {
        Mode = ModeOf(cr0, cr4, efer);
        WriteProtect = (cr0 & Cr0.WriteProtect) != 0;
        PageSizeExtensions = (cr4 & Cr4.PageSizeExtensions) != 0;
        ExecutionPrevention = (cr4 & Cr4.SupervisorExecutionPrevention) != 0;
        AccessPrevention = (cr4 & Cr4.SupervisorAccessPrevention) != 0;
        ExecuteDisable = Mode >= PagingMode.Pae && (efer & Efer.ExecuteDisableEnable) != 0;
        Pages1G = pages1G;
        PhysicalAddressBits = (byte)physicalAddressBits;
        Root = new(cr3 & (Mode == PagingMode.Bits32 ? 0xFFFF_F000UL : 0x000F_FFFF_FFFF_F000));
    }

    public void SetPdpte(int index, ulong value) => _pdptes[index & 3] = value;
    public readonly ulong Pdpte(Gva address) => _pdptes[(int)(address.Value >> 30) & 3];

    private static PagingMode ModeOf(Cr0 cr0, Cr4 cr4, Efer efer) =>
        (cr0 & Cr0.Paging) == 0 ? PagingMode.None
        : (efer & Efer.LongModeActive) == 0
            ? (cr4 & Cr4.PhysicalAddressExtension) != 0 ? PagingMode.Pae : PagingMode.Bits32
        : (cr4 & Cr4.LinearAddresses57) != 0 ? PagingMode.FiveLevel
        : PagingMode.FourLevel;
}

// An access of the guest to a linear address, as far as paging cares. No bit: a supervisor-mode data read.
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
internal readonly struct GuestTranslation(
    GuestWalkStatus status, Gpa address = default, PageFaultError errorCode = default, int pageShift = 0)
{
    public readonly Gpa Address = address;
    public readonly PageFaultError ErrorCode = errorCode;
    public readonly GuestWalkStatus Status = status;

    // log2 of the bytes of the page; 32 without paging.
    public readonly byte PageShift = (byte)pageShift;
}
