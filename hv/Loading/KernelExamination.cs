// Finds out what a kernel file is and what is to become of it, without writing anything. The header decides, never the
// name of the file; `entry=` overrules it. A kernel with headers of several kinds is what comes first: multiboot,
// Linux, multiboot 2, PVH. What cannot be loaded gets the sentence that says why.
namespace MinusOne.Hv.Loading;

internal static unsafe class KernelExamination
{
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
            plan.Status = KernelPlacement.PlaceBehind(files, memory, ref plan);
        }

        return plan;
    }

    private static LoadStatus ExamineBios(in FileBytes bios, ref KernelPlan plan) =>
        !bios.IsGiven ? LoadStatus.Ready
        : bios.Length == 0 ? LoadStatus.BiosEmpty
        : bios.Length <= KernelLayout.BiosBytes ? LoadStatus.Ready
        : bios.Length % KernelLayout.BiosBytes != 0 || bios.Length > KernelLayout.MostFirmware
            ? plan.Refuse(LoadStatus.BiosTooBig, bios.Length)
        : LoadStatus.Ready;

    private static LoadStatus ExamineKernel(in KernelFiles files, ulong memory, ref KernelPlan plan)
    {
        if (memory < KernelLayout.LeastMemory)
        {
            return plan.Refuse(LoadStatus.EndOutside, KernelLayout.LeastMemory);
        }

        if (files.FirmwareBytes != 0 || !files.Kernel.IsGiven)
        {
            return ExamineFirst(files, memory, ref plan);
        }

        if (files.Kernel.Length == 0)
        {
            return LoadStatus.Empty;
        }

        // Only the segments of an ELF file go into the guest's memory.
        bool isTooBig = files.Kernel.Length > KernelLayout.MostFileBytes
            || (files.Kernel.Length > memory && !ElfFile.IsElf(files.Kernel.Span));
        if (isTooBig)
        {
            return plan.Refuse(LoadStatus.TooBig, files.Kernel.Length);
        }

        ReadOnlySpan<byte> file = files.Kernel.Span;
        plan.ThroughBios = files.Bios.IsGiven || files.HasEntry || !ElfFile.IsElf(file);
        LoadStatus status = files.HasEntry ? ExamineFlat(file, files.Entry, memory, ref plan)
            : MultibootHeader.TryFind(file, out MultibootHeader header)
                ? ExamineMultiboot(file, header, memory, ref plan)
            : LinuxHeader.IsLinux(file) ? LinuxExamination.Examine(file, files, memory, ref plan)
            : Multiboot2Header.TryFind(file, out Multiboot2Header tagged)
                ? Multiboot2Examination.Examine(file, tagged, files, memory, ref plan)
            : PvhNote.TryFind(file, out PvhNote note) ? ExaminePvh(file, note, memory, ref plan)
            : ForeignImage.Recognize(file);
        bool isNimbOs = plan.Kind == ImageKind.MultibootFlat && plan.Start.Value == KernelLayout.NimbOs
            && plan.Entry == plan.Start;
        return status == LoadStatus.Ready && files.IsNimbOs && !files.HasEntry && !isNimbOs
            ? LoadStatus.NotNimbOs
            : status;
    }

    // Nothing but what the processor begins with.
    private static LoadStatus ExamineFirst(in KernelFiles files, ulong memory, ref KernelPlan plan)
    {
        plan.Kind = files.FirmwareBytes != 0 ? ImageKind.Firmware : ImageKind.Bios;
        plan.ThroughBios = true;
        return files.Kernel.IsGiven ? LoadStatus.FirmwareKernel
            : plan.Kind == ImageKind.Bios ? files.Bios.IsGiven ? LoadStatus.Ready : LoadStatus.NoFile
            : memory < KernelLayout.HighMemory ? plan.Refuse(LoadStatus.EndOutside, KernelLayout.HighMemory)
            : LoadStatus.Ready;
    }

    private static LoadStatus ExamineFlat(ReadOnlySpan<byte> file, ulong entry, ulong memory, ref KernelPlan plan)
    {
        plan.Kind = ImageKind.Flat;
        plan.Entry = new Gpa(entry);
        plan.Bytes = (ulong)file.Length;
        return plan.Cover(entry, entry + plan.Bytes, memory);
    }

    private static LoadStatus ExamineMultiboot(
        ReadOnlySpan<byte> file, in MultibootHeader header, ulong memory, ref KernelPlan plan)
    {
        plan.Kind = header.HasAddresses ? ImageKind.MultibootFlat : ImageKind.MultibootElf;
        return header.WantsMore ? LoadStatus.HeaderWantsMore
            : header.HasAddresses ? header.Addresses.Examine((ulong)file.Length, memory, ref plan)
            : ElfFile.IsElf(file) ? ElfExamination.Examine(file, ElfExamination.OwnEntry, memory, ref plan)
            : LoadStatus.HeaderAddresses;
    }

    private static LoadStatus ExaminePvh(
        ReadOnlySpan<byte> file, in PvhNote note, ulong memory, ref KernelPlan plan)
    {
        plan.Kind = ImageKind.Pvh;
        return note.IsBroken ? LoadStatus.PvhNote : ElfExamination.Examine(file, note.Entry, memory, ref plan);
    }
}
