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

    public readonly int Offset;
    public readonly uint HeaderAddress;
    public readonly uint LoadAddress;

    // 0: up to the end of the file.
    public readonly uint LoadEnd;

    // 0: there is no bss.
    public readonly uint BssEnd;
    public readonly uint Entry;
    private readonly uint _flags;

    private MultibootHeader(ReadOnlySpan<byte> file, int offset)
    {
        Offset = offset;
        _flags = FileWords.Doubleword(file, offset + 4);
        if (HasAddresses)
        {
            HeaderAddress = FileWords.Doubleword(file, offset + 12);
            LoadAddress = FileWords.Doubleword(file, offset + 16);
            LoadEnd = FileWords.Doubleword(file, offset + 20);
            BssEnd = FileWords.Doubleword(file, offset + 24);
            Entry = FileWords.Doubleword(file, offset + 28);
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
