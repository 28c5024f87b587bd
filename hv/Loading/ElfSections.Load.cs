// The sections of a multiboot kernel into a guest's memory, where ElfSections has found room.

namespace MinusOne.Hv.Loading;

internal static unsafe partial class ElfSections
{
    // False: there are no frames left.
    public static bool TryLoad(in ElfFile elf, GuestMemory* memory, Gpa start)
    {
        bool isDone = memory->Load(start, elf.SectionTable) == Resolution.Mapped;
        Gpa at = Behind(start, elf.SectionTable);
        for (int i = 0; isDone && i < elf.SectionCount; i++)
        {
            isDone = elf.TryReadSection(i, out ReadOnlySpan<byte> content);
            if (isDone && !content.IsEmpty)
            {
                ulong address = at.Value;
                Gpa field = start + (ulong)((i * elf.SectionBytes) + elf.SectionAddressOffset);
                isDone = memory->Load(at, content) == Resolution.Mapped
                    && memory->Load(field, new ReadOnlySpan<byte>(&address, elf.AddressBytes)) == Resolution.Mapped;
                at = Behind(at, content);
            }
        }

        return isDone;
    }
}
