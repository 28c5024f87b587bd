// Translates a guest-linear address as the guest's own paging would, in every mode, with the error code that hardware
// would give. SDM 3A 5.3 to 5.7. For accesses that the hypervisor makes in the guest's name: string I/O, instruction
// bytes, operands. Accessed and dirty flags are set as by hardware, once the access is known to be allowed. Leaves out
// protection keys, shadow stacks and linear-address masking: a guest is not offered them.
namespace MinusOne.Hv.Exits.Emulate.Space;

internal static class GuestWalk
{
    private const PageFaultError Broken = PageFaultError.Protection | PageFaultError.Reserved;
    private const ulong Present = 1UL << 0;
    private const ulong Writable = 1UL << 1;
    private const ulong UserMode = 1UL << 2;
    private const ulong Accessed = 1UL << 5;
    private const ulong Dirty = 1UL << 6;
    private const ulong PageSize = 1UL << 7;
    private const ulong NoExecute = 1UL << 63;
    private const ulong AddressMask = 0x000F_FFFF_FFFF_F000;

    public static GuestTranslation Translate<TTables>(
        ref TTables tables, ref readonly GuestPaging paging, Gva address, GuestAccess access)
        where TTables : struct, IGuestTables
    {
        switch (paging.Mode)
        {
            case PagingMode.None: return new(GuestWalkStatus.Translated, new((uint)address.Value), pageShift: 32);
            case PagingMode.Bits32:
                return Walk(ref tables, in paging, new((uint)address.Value), access, paging.Root, 2);
            case PagingMode.Pae:
                Gva low = new((uint)address.Value);
                ulong pdpte = paging.Pdpte(low);
                return (pdpte & Present) == 0
                    ? Fault(in paging, access, PageFaultError.None)
                    : Walk(ref tables, in paging, low, access, new(pdpte & AddressMask), 2);
        }

        int levels = paging.Mode == PagingMode.FourLevel ? 4 : 5, above = 64 - PageLevel.Shift(levels + 1);
        return (ulong)((long)(address.Value << above) >> above) == address.Value
            ? Walk(ref tables, in paging, address, access, paging.Root, levels)
            : new(GuestWalkStatus.NotCanonical);
    }

    private static GuestTranslation Walk<TTables>(
        ref TTables tables, ref readonly GuestPaging paging, Gva address, GuestAccess access, Gpa root, int levels)
        where TTables : struct, IGuestTables
    {
        bool is32Bit = paging.Mode == PagingMode.Bits32;
        ulong allowed = Writable | UserMode, denied = 0, used = Accessed;
        Gpa table = root;
        for (int level = levels; ; level--)
        {
            Gpa slot = table + Offset(address, level, is32Bit);
            if (!tables.TryRead(slot, is32Bit ? 4 : 8, out ulong entry))
            {
                return new(GuestWalkStatus.TableUnreachable, slot);
            }

            bool isLeaf = IsLeaf(in paging, entry, level), isPresent = (entry & Present) != 0;
            if (!isPresent || (entry & ReservedBits(in paging, level, isLeaf)) != 0)
            {
                return Fault(in paging, access, isPresent ? Broken : PageFaultError.None);
            }

            allowed &= entry;
            denied |= entry & NoExecute;
            used &= entry;
            if (!isLeaf)
            {
                table = new(entry & AddressMask);
                continue;
            }

            if (!IsAllowed(in paging, allowed, denied, access))
            {
                return Fault(in paging, access, PageFaultError.Protection);
            }

            if (WantsMark(access, used, entry)
                && !TryMark(ref tables, in paging, address, access, root, levels, out slot))
            {
                return new(GuestWalkStatus.TableUnreachable, slot);
            }

            return Found(entry, address, level, is32Bit);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static GuestTranslation Found(ulong entry, Gva address, int level, bool is32Bit)
    {
        int shift = Shift(level, is32Bit);
        ulong inside = (1UL << shift) - 1;
        Gpa found = new(Frame(entry, level, is32Bit) & ~inside | (address.Value & inside));
        return new(GuestWalkStatus.Translated, found, pageShift: shift);
    }

    private static bool WantsMark(GuestAccess access, ulong used, ulong leaf) =>
        (used == 0 || ((access & GuestAccess.Write) != 0 && (leaf & Dirty) == 0)) && (access & GuestAccess.Probe) == 0;

    // Walks once more, now that the access is allowed, and leaves its marks.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryMark<TTables>(
        ref TTables tables, ref readonly GuestPaging paging, Gva address, GuestAccess access, Gpa table, int levels,
        out Gpa slot)
        where TTables : struct, IGuestTables
    {
        bool is32Bit = paging.Mode == PagingMode.Bits32;
        int bytes = is32Bit ? 4 : 8;
        for (int level = levels; ; level--)
        {
            slot = table + Offset(address, level, is32Bit);
            if (!tables.TryRead(slot, bytes, out ulong entry))
            {
                return false;
            }

            bool isLeaf = IsLeaf(in paging, entry, level);
            ulong marked = entry | Accessed | (isLeaf && (access & GuestAccess.Write) != 0 ? Dirty : 0);
            if (marked != entry && !tables.TryWrite(slot, bytes, marked))
            {
                return false;
            }

            if (isLeaf)
            {
                return true;
            }

            table = new(entry & AddressMask);
        }
    }

    // SDM 3A 5.6.1 Determination of Access Rights.
    private static bool IsAllowed(ref readonly GuestPaging paging, ulong allowed, ulong denied, GuestAccess access)
    {
        bool isUserPage = (allowed & UserMode) != 0;
        bool isUser = (access & GuestAccess.User) != 0;
        if (isUser && !isUserPage)
        {
            return false;
        }

        if ((access & GuestAccess.Fetch) != 0)
        {
            return denied == 0 && (isUser || !isUserPage || !paging.ExecutionPrevention);
        }

        const GuestAccess Exempt = GuestAccess.Implicit | GuestAccess.AlignmentCheck;
        if (!isUser && isUserPage && paging.AccessPrevention && (access & Exempt) != GuestAccess.AlignmentCheck)
        {
            return false;
        }

        return (access & GuestAccess.Write) == 0 || (allowed & Writable) != 0 || (!isUser && !paging.WriteProtect);
    }

    private static GuestTranslation Fault(ref readonly GuestPaging paging, GuestAccess access, PageFaultError cause)
    {
        bool tellsFetches = paging.ExecutionPrevention || paging.ExecuteDisable;
        PageFaultError code = cause
            | ((access & GuestAccess.Write) != 0 ? PageFaultError.Write : 0)
            | ((access & GuestAccess.User) != 0 ? PageFaultError.User : 0)
            | ((access & GuestAccess.Fetch) != 0 && tellsFetches ? PageFaultError.Fetch : 0);
        return new(GuestWalkStatus.PageFault, errorCode: code);
    }

    private static bool IsLeaf(ref readonly GuestPaging paging, ulong entry, int level)
    {
        bool mayBeLarge = level == 2 ? paging.Mode != PagingMode.Bits32 || paging.PageSizeExtensions : level == 3;
        return level == 1 || (mayBeLarge && (entry & PageSize) != 0);
    }

    // Bits that must be 0 in an entry that is present.
    private static ulong ReservedBits(ref readonly GuestPaging paging, int level, bool isLeaf)
    {
        if (paging.Mode == PagingMode.Bits32)
        {
            // PSE-36: bits 20:13 of a 4 MiB entry are address bits 39:32, as far as the processor has them.
            int bits = paging.PhysicalAddressBits < 40 ? paging.PhysicalAddressBits : 40;
            return level == 2 && isLeaf ? 0x3F_FFFFUL & (~0UL << (bits - 19)) : 0;
        }

        ulong beyond = paging.Mode == PagingMode.Pae ? 0x7FFF_FFFF_FFFF_FFFFUL : 0x000F_FFFF_FFFF_FFFF;
        ulong reserved = beyond & (~0UL << paging.PhysicalAddressBits);
        reserved |= paging.ExecuteDisable ? 0 : NoExecute;
        reserved |= level >= 4 || (level == 3 && !paging.Pages1G) ? PageSize : 0;

        // Below the frame of a large page only bit 12 means something: PAT.
        return isLeaf && level > 1 ? reserved | ((1UL << Shift(level, is32Bit: false)) - 0x2000) : reserved;
    }

    private static ulong Frame(ulong entry, int level, bool is32Bit) =>
        is32Bit && level == 2 ? (entry & 0xFFC0_0000) | (((entry >> 13) & 0xFF) << 32) : entry & AddressMask;

    private static ulong Offset(Gva address, int level, bool is32Bit) => is32Bit
        ? ((address.Value >> Shift(level, is32Bit)) & 0x3FF) << 2
        : ((address.Value >> Shift(level, is32Bit)) & 0x1FF) << 3;

    private static int Shift(int level, bool is32Bit) => is32Bit ? 2 + (10 * level) : PageLevel.Shift(level);
}
