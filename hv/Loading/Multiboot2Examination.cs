// What becomes of a multiboot 2 kernel: by the addresses of its header, or by ELF's; at the place for which it is
// linked, or, if it is relocatable and may not lie there, at the lowest where it may. Multiboot2 specification 2.0, 3.1
// OS image format: The address tag of Multiboot2 header, Relocatable header tag.
namespace MinusOne.Hv.Loading;

internal static class Multiboot2Examination
{
    public static LoadStatus Examine(
        ReadOnlySpan<byte> file, in Multiboot2Header header, in KernelFiles files, ulong memory, ref KernelPlan plan)
    {
        plan.Kind = header.HasAddresses ? ImageKind.Multiboot2Flat : ImageKind.Multiboot2Elf;
        plan.ThroughBios = files.Bios.IsGiven;
        plan.IsRelocatable = header.IsRelocatable;
        LoadStatus status = header.Status != LoadStatus.Ready ? plan.Refuse(header.Status, header.Culprit)
            : !(header.HasAddresses ? header.HasEntry : ElfFile.IsElf(file)) ? LoadStatus.Multiboot2Addresses
            : header.IsRelocatable ? Relocate(file, header, memory, ref plan)
            : LoadStatus.Ready;
        ulong entry = header.HasEntry ? header.Addresses.Entry : ElfExamination.OwnEntry;
        return status != LoadStatus.Ready ? status
            : header.HasAddresses ? header.Addresses.Examine((ulong)file.Length, memory, ref plan)
            : ElfExamination.Examine(file, entry, memory, ref plan);
    }

    private static LoadStatus Relocate(
        ReadOnlySpan<byte> file, in Multiboot2Header header, ulong memory, ref KernelPlan plan)
    {
        ulong start = header.Addresses.Load, end;
        if (header.HasAddresses)
        {
            LoadStatus status = header.Addresses.FindPart((ulong)file.Length, ref plan);
            end = Math.Max(start + plan.Bytes, header.Addresses.BssEnd);
            return status == LoadStatus.Ready ? Choose(header, start, end, memory, ref plan) : status;
        }

        LoadStatus opened = ElfFile.TryOpen(file, out ElfFile elf);
        if (opened != LoadStatus.Ready)
        {
            return opened;
        }

        ElfExamination.FindRange(elf, out start, out end);
        return end <= start ? LoadStatus.NoSegment : Choose(header, start, end, memory, ref plan);
    }

    private static LoadStatus Choose(
        in Multiboot2Header header, ulong start, ulong end, ulong memory, ref KernelPlan plan)
    {
        ulong mask = header.Alignment - 1ul;
        if ((header.Alignment & mask) != 0)
        {
            return plan.Refuse(LoadStatus.Multiboot2Alignment, header.Alignment);
        }

        ulong limit = Math.Min(memory, header.Most + 1ul);
        if (start >= header.Least && end <= limit && (start & mask) == 0)
        {
            return LoadStatus.Ready;
        }

        ulong to = (Math.Max(header.Least, KernelLayout.HighMemory) + mask) & ~mask;
        plan.Shift = to - start;
        return to < limit && end - start <= limit - to
            ? LoadStatus.Ready
            : plan.Refuse(LoadStatus.Multiboot2Room, to + (end - start));
    }
}
