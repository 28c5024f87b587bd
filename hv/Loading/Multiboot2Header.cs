// The header by which a multiboot 2 kernel is known. Multiboot2 specification 2.0, 3.1 OS image format: somewhere in
// the first 32 KiB, 8-aligned, four doublewords that add up to zero, then tags. What a tag wants and is not there
// refuses the kernel, unless the tag is optional. Left out: video modes; EFI's boot services and entries, which a
// loader without them passes over.
namespace MinusOne.Hv.Loading;

internal struct Multiboot2Header
{
    public const uint Magic = 0xE852_50D6;
    public const int Searched = 32768;
    public const int Fixed = 16;

    private const uint ProtectedMode = 0;
    private const int TagHeader = 8;
    private const uint Optional = 1;
    private const uint ConsoleRequired = 1;

    // "From its beginning": the file is loaded whole.
    private const uint FromBeginning = uint.MaxValue;

    private const uint EndTag = 0, RequestTag = 1, AddressTag = 2, EntryTag = 3, ConsoleTag = 4;
    private const uint AlignmentTag = 6, EfiServicesTag = 7, EfiNarrowTag = 8, EfiWideTag = 9, RelocatableTag = 10;

    // Not Ready: the header is refused, for this reason.
    public LoadStatus Status;
    public ulong Culprit;

    public LoadAddresses Addresses;
    public bool HasAddresses;
    public bool HasEntry;

    // Between these addresses, the last of them included, a relocatable kernel may lie. A wish for the lowest or the
    // highest of them is a suggestion.
    public bool IsRelocatable;
    public uint Least;
    public uint Most;
    public uint Alignment;

    public static bool TryFind(ReadOnlySpan<byte> file, out Multiboot2Header header)
    {
        header = default;
        int end = Math.Min(file.Length, Searched) - Fixed;
        for (int offset = 0; offset <= end; offset += 8)
        {
            uint sum = FileWords.Doubleword(file, offset + 4) + FileWords.Doubleword(file, offset + 8)
                + FileWords.Doubleword(file, offset + 12);
            if (FileWords.Doubleword(file, offset) == Magic && Magic + sum == 0)
            {
                header.Addresses.Offset = offset;
                header.Status = header.Read(file.Slice(offset, Math.Min(file.Length, Searched) - offset));
                return true;
            }
        }

        return false;
    }

    private LoadStatus Read(ReadOnlySpan<byte> header)
    {
        ulong length = FileWords.Doubleword(header, 8);
        if (FileWords.Doubleword(header, 4) != ProtectedMode)
        {
            return LoadStatus.Multiboot2Machine;
        }

        if (length < Fixed || length > (ulong)header.Length)
        {
            return Refuse(LoadStatus.Multiboot2Tags, length);
        }

        LoadStatus status = LoadStatus.Ready;
        ReadOnlySpan<byte> rest = header.Slice(Fixed, (int)length - Fixed);
        while (status == LoadStatus.Ready && rest.Length >= TagHeader)
        {
            uint type = FileWords.Word(rest, 0), size = FileWords.Doubleword(rest, 4);
            if (type == EndTag)
            {
                break;
            }

            if (size < TagHeader || size > (uint)rest.Length)
            {
                return Refuse(LoadStatus.Multiboot2Tags, type);
            }

            bool isOptional = (FileWords.Word(rest, 2) & Optional) != 0;
            status = ReadTag(type, rest.Slice(0, (int)size), isOptional);
            rest = rest.Slice(Math.Min(rest.Length, (int)((size + 7) & ~7u)));
        }

        return status;
    }

    private LoadStatus ReadTag(uint type, ReadOnlySpan<byte> tag, bool isOptional)
    {
        int least = type is AddressTag or RelocatableTag ? 24 : type is EntryTag or ConsoleTag ? 12 : TagHeader;
        if (tag.Length < least)
        {
            return Refuse(LoadStatus.Multiboot2Tags, type);
        }

        switch (type)
        {
            case RequestTag:
                return isOptional ? LoadStatus.Ready : ReadRequest(tag);
            case AddressTag:
                ReadAddresses(tag);
                return LoadStatus.Ready;
            case EntryTag:
                HasEntry = true;
                Addresses.Entry = FileWords.Doubleword(tag, 8);
                return LoadStatus.Ready;
            case ConsoleTag:
                bool isNeeded = !isOptional && (FileWords.Doubleword(tag, 8) & ConsoleRequired) != 0;
                return isNeeded ? Refuse(LoadStatus.HeaderWantsMore, type) : LoadStatus.Ready;
            case RelocatableTag:
                IsRelocatable = true;
                Least = FileWords.Doubleword(tag, 8);
                Most = FileWords.Doubleword(tag, 12);
                Alignment = Math.Max(FileWords.Doubleword(tag, 16), 1);
                return LoadStatus.Ready;
            case AlignmentTag or EfiServicesTag or EfiNarrowTag or EfiWideTag:
                return LoadStatus.Ready;
            default:
                return isOptional ? LoadStatus.Ready : Refuse(LoadStatus.HeaderWantsMore, type);
        }
    }

    private LoadStatus ReadRequest(ReadOnlySpan<byte> tag)
    {
        for (int at = TagHeader; at <= tag.Length - 4; at += 4)
        {
            uint type = FileWords.Doubleword(tag, at);
            if (!Multiboot2Information.IsKnown(type))
            {
                return Refuse(LoadStatus.Multiboot2Request, type);
            }
        }

        return LoadStatus.Ready;
    }

    private void ReadAddresses(ReadOnlySpan<byte> tag)
    {
        HasAddresses = true;
        Addresses.Header = FileWords.Doubleword(tag, 8);
        Addresses.Load = FileWords.Doubleword(tag, 12);
        Addresses.LoadEnd = FileWords.Doubleword(tag, 16);
        Addresses.BssEnd = FileWords.Doubleword(tag, 20);
        if (Addresses.Load == FromBeginning)
        {
            Addresses.Load = Addresses.Header - (uint)Addresses.Offset;
        }
    }

    private LoadStatus Refuse(LoadStatus status, ulong culprit)
    {
        Culprit = culprit;
        return status;
    }
}
