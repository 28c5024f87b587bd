// The ELF note by which a kernel says where it is entered as a PVH guest: Linux's vmlinux has it. Xen's
// docs/misc/pvh.pandoc, and xen/include/public/elfnote.h, XEN_ELFNOTE_PHYS32_ENTRY: a physical address, 32 or 64 bits
// wide.
namespace MinusOne.Hv.Loading;

internal struct PvhNote
{
    private const uint EntryType = 18;
    private const int Header = 12;
    private const int NameBytes = 4;

    public ulong Entry;

    // The address is not there, or not below 4 GiB.
    public bool IsBroken;

    private static ReadOnlySpan<byte> Name => "Xen\0"u8;

    public static bool TryFind(ReadOnlySpan<byte> file, out PvhNote note)
    {
        note = default;
        if (!ElfFile.IsElf(file) || ElfFile.TryOpen(file, out ElfFile elf) != LoadStatus.Ready)
        {
            return false;
        }

        for (int i = 0; i < elf.SegmentCount; i++)
        {
            ElfSegment segment = elf.Segment(i);
            if (segment.IsNotes && elf.IsInFile(segment.Offset, segment.FileBytes)
                && note.TryRead(file.Slice((int)segment.Offset, (int)segment.FileBytes)))
            {
                return true;
            }
        }

        return false;
    }

    // Notes, each with a name and a content, both padded to 4 bytes.
    private bool TryRead(ReadOnlySpan<byte> notes)
    {
        while (notes.Length >= Header)
        {
            ulong name = FileWords.Doubleword(notes, 0), content = FileWords.Doubleword(notes, 4);
            ulong start = Header + Padded(name), end = start + Padded(content);
            bool isEntry = FileWords.Doubleword(notes, 8) == EntryType && name == NameBytes
                && notes.Length >= Header + NameBytes && notes.Slice(Header, NameBytes).SequenceEqual(Name);
            if (isEntry)
            {
                IsBroken = content is not (4 or 8) || end > (ulong)notes.Length;
                Entry = IsBroken ? 0
                    : content == 4 ? FileWords.Doubleword(notes, (int)start)
                    : FileWords.Quadword(notes, (int)start);
                IsBroken = IsBroken || Entry > uint.MaxValue;
                return true;
            }

            notes = end > (ulong)notes.Length ? default : notes.Slice((int)end);
        }

        return false;
    }

    private static ulong Padded(ulong bytes) => (bytes + 3) & ~3ul;
}
