// Finds out what a kernel file is and what is to become of it, without writing anything. The header decides, never the
// name of the file; `entry=` overrules it. What cannot be loaded gets the sentence that says why.
namespace MinusOne.Hv.Loading;

internal static unsafe class KernelExamination
{
    private const ulong PageMask = 0xFFF;

    public static KernelPlan Examine(in KernelFiles files, ulong memory)
    {
        KernelPlan plan = default;
        plan.Status = ExamineBios(files.Bios, ref plan);
        if (plan.Status == LoadStatus.Ready)
        {
            plan.Status = ExamineKernel(files, memory, ref plan);
        }

        if (plan.Status == LoadStatus.Ready && plan.Kind != ImageKind.Linux)
        {
            plan.Status = PlaceBehind(files, memory, ref plan);
        }

        return plan;
    }

    private static LoadStatus ExamineBios(in FileBytes bios, ref KernelPlan plan) =>
        !bios.IsGiven ? LoadStatus.Ready
        : bios.Length == 0 ? LoadStatus.BiosEmpty
        : bios.Length > KernelLayout.BiosBytes ? plan.Refuse(LoadStatus.BiosTooBig, bios.Length)
        : LoadStatus.Ready;

    private static LoadStatus ExamineKernel(in KernelFiles files, ulong memory, ref KernelPlan plan)
    {
        if (memory < KernelLayout.LeastMemory)
        {
            return plan.Refuse(LoadStatus.EndOutside, KernelLayout.LeastMemory);
        }

        if (!files.Kernel.IsGiven)
        {
            plan.Kind = ImageKind.Bios;
            plan.ThroughBios = true;
            return files.Bios.IsGiven ? LoadStatus.Ready : LoadStatus.NoFile;
        }

        if (files.Kernel.Length == 0)
        {
            return LoadStatus.Empty;
        }

        if (files.Kernel.Length > Math.Min(memory, KernelLayout.MostFileBytes))
        {
            return plan.Refuse(LoadStatus.TooBig, files.Kernel.Length);
        }

        ReadOnlySpan<byte> file = files.Kernel.Span;
        plan.ThroughBios = files.Bios.IsGiven || files.HasEntry || !ElfFile.IsElf(file);
        LoadStatus status = files.HasEntry ? ExamineFlat(file, files.Entry, memory, ref plan)
            : MultibootHeader.TryFind(
                file, out MultibootHeader header) ? ExamineMultiboot(file, header, memory, ref plan)
            : LinuxHeader.IsLinux(file) ? LinuxExamination.Examine(file, files, memory, ref plan)
            : ForeignImage.Recognize(file);
        bool isNimbOs = plan.Kind == ImageKind.MultibootFlat && plan.Start.Value == KernelLayout.NimbOs
            && plan.Entry == plan.Start;
        return status == LoadStatus.Ready && files.IsNimbOs && !files.HasEntry && !isNimbOs
            ? LoadStatus.NotNimbOs
            : status;
    }

    private static LoadStatus ExamineFlat(ReadOnlySpan<byte> file, ulong entry, ulong memory, ref KernelPlan plan)
    {
        plan.Kind = ImageKind.Flat;
        plan.Entry = new Gpa(entry);
        plan.Bytes = (ulong)file.Length;
        return plan.Cover(entry, entry + plan.Bytes, memory);
    }

    private static LoadStatus ExamineMultiboot(
        ReadOnlySpan<byte> file, in MultibootHeader header, ulong memory, ref KernelPlan plan) =>
        header.WantsMore ? LoadStatus.HeaderWantsMore
        : header.HasAddresses ? ExamineAddresses((ulong)file.Length, header, memory, ref plan)
        : ElfFile.IsElf(file) ? ExamineElf(file, memory, ref plan)
        : LoadStatus.HeaderAddresses;

    // Multiboot specification 3.1.3 The address fields of Multiboot header.
    private static LoadStatus ExamineAddresses(
        ulong length, in MultibootHeader header, ulong memory, ref KernelPlan plan)
    {
        ulong before = header.HeaderAddress - (ulong)header.LoadAddress;
        if (header.HeaderAddress < header.LoadAddress || before > (ulong)header.Offset)
        {
            return plan.Refuse(LoadStatus.HeaderAddresses, header.HeaderAddress);
        }

        plan.Kind = ImageKind.MultibootFlat;
        plan.Offset = (ulong)header.Offset - before;
        plan.Bytes = header.LoadEnd == 0 ? length - plan.Offset : header.LoadEnd - (ulong)header.LoadAddress;
        ulong end = header.LoadAddress + plan.Bytes;
        if ((header.LoadEnd != 0 && header.LoadEnd <= header.LoadAddress)
            || (header.BssEnd != 0 && header.BssEnd < end))
        {
            return plan.Refuse(LoadStatus.HeaderAddresses, header.LoadEnd);
        }

        if (plan.Bytes > length - plan.Offset)
        {
            return plan.Refuse(LoadStatus.Truncated, plan.Offset + plan.Bytes);
        }

        plan.Entry = new Gpa(header.Entry);
        LoadStatus status = plan.Cover(header.LoadAddress, Math.Max(end, header.BssEnd), memory);
        return status != LoadStatus.Ready ? status
            : plan.Entry >= plan.Start && plan.Entry.Value < end ? LoadStatus.Ready
            : plan.Refuse(LoadStatus.EntryOutside, header.Entry);
    }

    private static LoadStatus ExamineElf(ReadOnlySpan<byte> file, ulong memory, ref KernelPlan plan)
    {
        plan.Kind = ImageKind.MultibootElf;
        LoadStatus status = ElfFile.TryOpen(file, out ElfFile elf);
        ulong total = 0;
        for (int i = 0; status == LoadStatus.Ready && i < elf.SegmentCount; i++)
        {
            ElfSegment segment = elf.Segment(i);
            if (segment.IsLoaded && segment.MemoryBytes != 0)
            {
                total += segment.MemoryBytes;
                status = ExamineSegment(elf, segment, total, memory, ref plan);
            }
        }

        return status != LoadStatus.Ready ? status
            : plan.End.Value == 0 ? LoadStatus.NoSegment
            : plan.Entry.Value == 0 ? plan.Refuse(LoadStatus.EntryOutside, elf.Entry)
            : LoadStatus.Ready;
    }

    // `total` is larger than the memory only if segments overlap; that bounds the work of loading them, too.
    private static LoadStatus ExamineSegment(
        in ElfFile elf, in ElfSegment segment, ulong total, ulong memory, ref KernelPlan plan)
    {
        if (!elf.IsInFile(segment.Offset, segment.FileBytes))
        {
            return plan.Refuse(LoadStatus.Truncated, segment.Offset);
        }

        LoadStatus status = plan.Cover(segment.PhysicalAddress, segment.PhysicalAddress + segment.MemoryBytes, memory);
        if (elf.Entry - segment.VirtualAddress < segment.FileBytes)
        {
            plan.Entry = new Gpa(elf.Entry - segment.VirtualAddress + segment.PhysicalAddress);
        }

        return status != LoadStatus.Ready ? status
            : segment.FileBytes > segment.MemoryBytes || total > memory ? LoadStatus.ElfBroken
            : LoadStatus.Ready;
    }

    private static LoadStatus PlaceBehind(in KernelFiles files, ulong memory, ref KernelPlan plan)
    {
        if (!plan.IsMultiboot)
        {
            return files.ModuleCount != 0 || files.CommandLine.Length != 0 ? LoadStatus.NobodyToTell : LoadStatus.Ready;
        }

        var next = new Gpa((Math.Max(plan.End.Value, KernelLayout.HighMemory) + PageMask) & ~PageMask);
        plan.Information = new Gpa(KernelLayout.Information);
        if (plan.Covers(KernelLayout.Information, KernelLayout.InformationBytes))
        {
            plan.Information = next;
            next += KernelLayout.InformationBytes;
            if (next.Value > memory)
            {
                return plan.Refuse(LoadStatus.NoRoomBehind, next.Value);
            }
        }

        if (plan.Kind == ImageKind.MultibootElf
            && ElfFile.TryOpen(files.Kernel.Span, out ElfFile elf) == LoadStatus.Ready
            && elf.SectionCount != 0)
        {
            plan.Sections = next;
            LoadStatus status = ElfSections.FindRoom(elf, next, memory, out next);
            if (status != LoadStatus.Ready)
            {
                return status;
            }
        }

        plan.Initrd = new Gpa((next.Value + PageMask) & ~PageMask);
        return MultibootInformation.BytesOf(files) > KernelLayout.InformationBytes
            ? LoadStatus.CommandLineTooLong
            : PlaceModules(files, memory, ref plan);
    }

    private static LoadStatus PlaceModules(in KernelFiles files, ulong memory, ref KernelPlan plan)
    {
        Gpa at = plan.Initrd;
        for (int i = 0; i < files.ModuleCount; i++)
        {
            KernelModule module = files.Module(i);
            ulong length = module.File.Length;
            if (length == 0)
            {
                return i == 0 && files.Initrd.IsGiven ? LoadStatus.InitrdEmpty : LoadStatus.ModuleEmpty;
            }

            if (at.Value > memory || length > memory - at.Value || length > KernelLayout.MostFileBytes)
            {
                return plan.Refuse(LoadStatus.NoRoomBehind, at.Value + length);
            }

            at = module.Behind(at);
        }

        return LoadStatus.Ready;
    }
}
