// What of an ELF file goes where in a guest's memory, and where it is entered.
namespace MinusOne.Hv.Loading;

internal static class ElfExamination
{
    // The entry is the one in the header of ELF, which is a virtual address; any other is a physical one.
    public const ulong OwnEntry = ulong.MaxValue;

    public static LoadStatus Examine(ReadOnlySpan<byte> file, ulong entry, ulong memory, ref KernelPlan plan)
    {
        LoadStatus status = ElfFile.TryOpen(file, out ElfFile elf);
        ulong total = 0;
        for (int i = 0; status == LoadStatus.Ready && i < elf.SegmentCount; i++)
        {
            ElfSegment segment = elf.Segment(i);
            if (segment.IsLoaded && segment.MemoryBytes != 0)
            {
                total += segment.MemoryBytes;
                status = ExamineSegment(elf, segment, entry, memory, ref plan);
                status = status == LoadStatus.Ready && total > memory ? LoadStatus.ElfBroken : status;
            }
        }

        return status != LoadStatus.Ready ? status
            : plan.End.Value == 0 ? LoadStatus.NoSegment
            : plan.Entry.Value == 0 ? plan.Refuse(LoadStatus.EntryOutside, entry == OwnEntry ? elf.Entry : entry)
            : LoadStatus.Ready;
    }

    // From where to where it is linked. The file was opened already; it is empty if nothing is loaded.
    public static void FindRange(in ElfFile elf, out ulong start, out ulong end)
    {
        start = ulong.MaxValue;
        end = 0;
        for (int i = 0; i < elf.SegmentCount; i++)
        {
            ElfSegment segment = elf.Segment(i);
            if (segment.IsLoaded && segment.MemoryBytes != 0)
            {
                start = Math.Min(start, segment.PhysicalAddress);
                end = Math.Max(end, segment.PhysicalAddress + segment.MemoryBytes);
            }
        }
    }

    // The total of all is larger than the memory only if segments overlap; that bounds the work of loading them, too.
    private static LoadStatus ExamineSegment(
        in ElfFile elf, in ElfSegment segment, ulong entry, ulong memory, ref KernelPlan plan)
    {
        if (!elf.IsInFile(segment.Offset, segment.FileBytes))
        {
            return plan.Refuse(LoadStatus.Truncated, segment.Offset);
        }

        ulong start = segment.PhysicalAddress + plan.Shift;
        LoadStatus status = plan.Cover(start, start + segment.MemoryBytes, memory);
        ulong into = entry == OwnEntry ? elf.Entry - segment.VirtualAddress : entry - segment.PhysicalAddress;
        if (into < segment.FileBytes)
        {
            plan.Entry = new Gpa(start + into);
        }

        return status == LoadStatus.Ready && segment.FileBytes > segment.MemoryBytes ? LoadStatus.ElfBroken : status;
    }
}
