// The header by which a multiboot kernel is known. Multiboot specification 0.6.96, 3.1 OS image format: somewhere in
// the first 8 KiB, 4-aligned, three doublewords that add up to zero, and with bit 16 of the flags five addresses. Video
// modes (bit 2) are left out.
namespace MinusOne.Hv.Loading;

internal readonly struct MultibootHeader
{
    public const uint Magic = 0x1BAD_B002;
    private const int Searched = 8192;
    private const int Short = 12;
    private const int Long = 32;
    private const uint AddressFields = 1u << 16;

    // The bits of the lower half, which a loader must understand: modules on page borders, and the memory map.
    private const uint Understood = 3;

    public readonly LoadAddresses Addresses;
    private readonly uint _flags;

    private MultibootHeader(ReadOnlySpan<byte> file, int offset)
    {
        _flags = FileWords.Doubleword(file, offset + 4);
        Addresses.Offset = offset;
        if (HasAddresses)
        {
            Addresses.Header = FileWords.Doubleword(file, offset + 12);
            Addresses.Load = FileWords.Doubleword(file, offset + 16);
            Addresses.LoadEnd = FileWords.Doubleword(file, offset + 20);
            Addresses.BssEnd = FileWords.Doubleword(file, offset + 24);
            Addresses.Entry = FileWords.Doubleword(file, offset + 28);
        }
    }

    public bool HasAddresses => (_flags & AddressFields) != 0;
    public bool WantsMore => (ushort)(_flags & ~Understood) != 0;

    public static bool TryFind(ReadOnlySpan<byte> file, out MultibootHeader header)
    {
        int end = Math.Min(file.Length, Searched);
        for (int offset = 0; offset <= end - Short; offset += 4)
        {
            uint flags = FileWords.Doubleword(file, offset + 4);
            bool isHeader = FileWords.Doubleword(file, offset) == Magic
                && Magic + flags + FileWords.Doubleword(file, offset + 8) == 0;
            if (isHeader && offset <= end - ((flags & AddressFields) != 0 ? Long : Short))
            {
                header = new MultibootHeader(file, offset);
                return true;
            }
        }

        header = default;
        return false;
    }
}

// What a multiboot header says of a file that is no ELF. Multiboot specification 3.1.3 The address fields of Multiboot
// header.
internal struct LoadAddresses
{
    // Where in the file the header is.
    public int Offset;
    public uint Header;
    public uint Load;

    // 0: up to the end of the file.
    public uint LoadEnd;

    // 0: there is no bss.
    public uint BssEnd;
    public uint Entry;

    public readonly LoadStatus Examine(ulong length, ulong memory, ref KernelPlan plan)
    {
        LoadStatus status = FindPart(length, ref plan);
        if (status != LoadStatus.Ready)
        {
            return status;
        }

        ulong start = Load + plan.Shift;
        ulong end = start + plan.Bytes;
        plan.Entry = new Gpa(Entry + plan.Shift);
        status = plan.Cover(start, BssEnd == 0 ? end : BssEnd + plan.Shift, memory);
        return status != LoadStatus.Ready ? status
            : plan.Entry >= plan.Start && plan.Entry.Value < end ? LoadStatus.Ready
            : plan.Refuse(LoadStatus.EntryOutside, Entry);
    }

    // Which part of the file is loaded.
    public readonly LoadStatus FindPart(ulong length, ref KernelPlan plan)
    {
        ulong before = Header - (ulong)Load;
        if (Header < Load || before > (ulong)Offset)
        {
            return plan.Refuse(LoadStatus.HeaderAddresses, Header);
        }

        plan.Offset = (ulong)Offset - before;
        plan.Bytes = LoadEnd == 0 ? length - plan.Offset : LoadEnd - (ulong)Load;
        if ((LoadEnd != 0 && LoadEnd <= Load) || (BssEnd != 0 && BssEnd < Load + plan.Bytes))
        {
            return plan.Refuse(LoadStatus.HeaderAddresses, LoadEnd);
        }

        return plan.Bytes > length - plan.Offset
            ? plan.Refuse(LoadStatus.Truncated, plan.Offset + plan.Bytes)
            : LoadStatus.Ready;
    }
}
