// A reader of ELF, 32 and 64 bits wide, little-endian. ELF specification, ELF Header, Section Header, Program Header.
// The file is input: every table is checked to lie in it before a row is read. No relocation, no dynamic linking.
namespace MinusOne.Hv.Loading;

internal readonly ref struct ElfFile
{
    public const uint Magic = 0x464C_457F;
    private const int NarrowHeader = 52;
    private const int WideHeader = 64;
    private const byte LittleEndian = 1;
    private const ushort Executable = 2;
    private const ushort I386 = 3;
    private const ushort X8664 = 62;
    private const uint Load = 1;
    private const uint Notes = 4;
    private const uint NoBits = 8;

    private readonly ReadOnlySpan<byte> _file;
    private readonly bool _isWide;

    private ElfFile(ReadOnlySpan<byte> file)
    {
        _file = file;
        _isWide = file[4] == 2;
    }

    public ulong Entry => Word(0, 24, 24);
    public int SegmentCount => Half(44, 56);
    public int SectionCount => Half(48, 60);
    public int SectionBytes => Half(46, 58);
    public int NameSection => Half(50, 62);

    // The place of the address in a row of the section table, and its width.
    public int SectionAddressOffset => _isWide ? 16 : 12;
    public int AddressBytes => _isWide ? 8 : 4;

    // The section headers, as they are in the file.
    public ReadOnlySpan<byte> SectionTable => _file.Slice((int)Word(0, 32, 40), SectionCount * SectionBytes);

    public static bool IsElf(ReadOnlySpan<byte> file) => file.Length >= 4 && FileWords.Doubleword(file, 0) == Magic;

    public static LoadStatus TryOpen(ReadOnlySpan<byte> file, out ElfFile elf)
    {
        elf = default;
        if (file.Length < NarrowHeader || (file[4] == 2 && file.Length < WideHeader))
        {
            return LoadStatus.Truncated;
        }

        if (file[4] is not (1 or 2) || file[5] != LittleEndian)
        {
            return LoadStatus.ElfBroken;
        }

        elf = new ElfFile(file);
        return elf.Check();
    }

    public ElfSegment Segment(int index)
    {
        int row = (int)Word(0, 28, 32) + (index * Half(42, 54));
        return new ElfSegment
        {
            IsLoaded = FileWords.Doubleword(_file, row) == Load,
            IsNotes = FileWords.Doubleword(_file, row) == Notes,
            Offset = Word(row, 4, 8),
            VirtualAddress = Word(row, 8, 16),
            PhysicalAddress = Word(row, 12, 24),
            FileBytes = Word(row, 16, 32),
            MemoryBytes = Word(row, 20, 40),
        };
    }

    // A section that no segment brings into memory (symbols, strings): empty for all others. False: not in the file.
    public bool TryReadSection(int index, out ReadOnlySpan<byte> content)
    {
        content = default;
        int row = (int)Word(0, 32, 40) + (index * SectionBytes);
        bool isApart = Word(row, 12, 16) == 0 && FileWords.Doubleword(_file, row + 4) != NoBits;
        ulong offset = Word(row, 16, 24);
        ulong bytes = isApart ? Word(row, 20, 32) : 0;
        if (bytes == 0)
        {
            return true;
        }

        bool isThere = IsInFile(offset, bytes);
        content = isThere ? _file.Slice((int)offset, (int)bytes) : default;
        return isThere;
    }

    public bool IsInFile(ulong offset, ulong bytes) =>
        bytes <= (ulong)_file.Length && offset <= (ulong)_file.Length - bytes;

    private LoadStatus Check() =>
        Half(18, 18) is not (I386 or X8664) ? LoadStatus.ElfMachine
        : Half(16, 16) != Executable ? LoadStatus.ElfNotExecutable
        : Half(42, 54) < (_isWide ? 56 : 32) || (SectionCount != 0 && SectionBytes < (_isWide ? 64 : 40))
            ? LoadStatus.ElfBroken
        : IsTableInFile(Word(0, 28, 32), SegmentCount, Half(42, 54))
            && IsTableInFile(Word(0, 32, 40), SectionCount, SectionBytes) ? LoadStatus.Ready
        : LoadStatus.Truncated;

    private bool IsTableInFile(ulong offset, int rows, int bytes) =>
        rows == 0 || IsInFile(offset, (ulong)rows * (ulong)bytes);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Half(int narrow, int wide) => (int)FileWords.Word(_file, _isWide ? wide : narrow);

    // An address, an offset or a size.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong Word(int row, int narrow, int wide) =>
        _isWide ? FileWords.Quadword(_file, row + wide) : FileWords.Doubleword(_file, row + narrow);
}

// A row of ELF's program header table: what of the file goes where. ELF specification, Program Header.
internal struct ElfSegment
{
    public bool IsLoaded;
    public bool IsNotes;
    public ulong Offset;
    public ulong VirtualAddress;
    public ulong PhysicalAddress;
    public ulong FileBytes;
    public ulong MemoryBytes;
}

// A multiboot kernel is given its section headers, and the sections that its segments leave behind (symbols, strings,
// debugging information), each with the address where it is now. Multiboot specification 3.3 Boot information format,
// syms. Here: how much room they take; KernelLoader puts them there.
internal static class ElfSections
{
    private const ulong Alignment = 16;

    // For the contents, from `start` on, up to `limit`.
    public static LoadStatus FindRoom(in ElfFile elf, Gpa start, ulong limit, out Gpa end)
    {
        end = start;
        LoadStatus status = Take(default, limit, ref end);
        for (int i = 0; status == LoadStatus.Ready && i < elf.SectionCount; i++)
        {
            status = elf.TryReadSection(i, out ReadOnlySpan<byte> content)
                ? Take(content, limit, ref end)
                : LoadStatus.Truncated;
        }

        return status;
    }

    private static LoadStatus Take(ReadOnlySpan<byte> content, ulong limit, ref Gpa at)
    {
        if (at.Value > limit || (ulong)content.Length > limit - at.Value)
        {
            return LoadStatus.NoRoomBehind;
        }

        at = Behind(at, content);
        return LoadStatus.Ready;
    }

    public static Gpa Behind(Gpa at, ReadOnlySpan<byte> content) =>
        Aligned(at + (ulong)content.Length);

    public static Gpa Aligned(Gpa at) => new((at.Value + Alignment - 1) & ~(Alignment - 1));
}
