// How the guest translates now, decoded once from its control registers. SDM 3A 5.1 Paging Modes and Control Bits.

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

    private static PagingMode ModeOf(Cr0 cr0, Cr4 cr4, Efer efer)
    {
        if ((cr0 & Cr0.Paging) == 0)
        {
            return PagingMode.None;
        }

        if ((efer & Efer.LongModeActive) != 0)
        {
            return (cr4 & Cr4.LinearAddresses57) != 0 ? PagingMode.FiveLevel : PagingMode.FourLevel;
        }

        return (cr4 & Cr4.PhysicalAddressExtension) != 0 ? PagingMode.Pae : PagingMode.Bits32;
    }
}
