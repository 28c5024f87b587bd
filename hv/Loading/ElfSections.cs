// A multiboot kernel is given its section headers, and the sections that its segments leave behind (symbols, strings,
// debugging information), each with the address where it is now. Multiboot specification 3.3 Boot information format,
// syms. Here: how much room they take; KernelLoader puts them there.

namespace MinusOne.Hv.Loading;

internal static class ElfSections
{
    private const ulong Alignment = 16;

    // From `start` on, up to `limit`: the table first.
    public static LoadStatus FindRoom(in ElfFile elf, Gpa start, ulong limit, out Gpa end)
    {
        end = start;
        LoadStatus status = Take(elf.SectionTable, limit, ref end);
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
        new((at.Value + (ulong)content.Length + Alignment - 1) & ~(Alignment - 1));
}
