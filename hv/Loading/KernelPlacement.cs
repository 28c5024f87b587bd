// Where what a kernel is told and given goes: behind the kernel, each in pages of its own. Linux has rules of its own
// (LinuxExamination).
namespace MinusOne.Hv.Loading;

internal static class KernelPlacement
{
    private const ulong PageMask = 0xFFF;

    public static LoadStatus PlaceBehind(in KernelFiles files, ulong memory, ref KernelPlan plan)
    {
        if (!plan.IsTold)
        {
            return files.ModuleCount != 0 || files.CommandLine.Length != 0
                ? LoadStatus.NobodyToTell
                : LoadStatus.Ready;
        }

        var next = new Gpa((Math.Max(plan.End.Value, KernelLayout.HighMemory) + PageMask) & ~PageMask);
        LoadStatus status = plan.IsMultiboot
            ? PlacePage(files, memory, ref plan, ref next)
            : PlaceInformation(files, memory, ref plan, ref next);
        if (status == LoadStatus.Ready && plan.Sections.Value != 0)
        {
            status = PlaceSections(files, memory, ref plan, ref next);
        }

        plan.Initrd = new Gpa((next.Value + PageMask) & ~PageMask);
        return status == LoadStatus.Ready ? PlaceModules(files, memory, ref plan) : status;
    }

    // The page of multiboot 1 lies at its usual place, unless the kernel is there. The sections lie behind either.
    private static LoadStatus PlacePage(in KernelFiles files, ulong memory, ref KernelPlan plan, ref Gpa next)
    {
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

        if (plan.IsElf && ElfFile.TryOpen(files.Kernel.Span, out ElfFile elf) == LoadStatus.Ready
            && elf.SectionCount != 0)
        {
            plan.Sections = next;
            next = ElfSections.Behind(next, elf.SectionTable);
        }

        return MultibootInformation.BytesOf(files) > KernelLayout.InformationBytes
            ? LoadStatus.CommandLineTooLong
            : LoadStatus.Ready;
    }

    // The other kinds of information take as many pages as they need: it is written to nowhere once, to find out.
    private static unsafe LoadStatus PlaceInformation(
        in KernelFiles files, ulong memory, ref KernelPlan plan, ref Gpa next)
    {
        if (files.CommandLine.Length >= KernelLayout.CommandLineBytes)
        {
            return plan.Refuse(LoadStatus.CommandLineTooLong, files.CommandLine.Length);
        }

        plan.Information = next;
        var writer = new InformationWriter(next, null, null);
        writer.Write(files, plan, memory);
        plan.InformationBytes = writer.Count;
        plan.Sections = writer.Sections;
        next = writer.At;
        return next.Value > memory ? plan.Refuse(LoadStatus.NoRoomBehind, next.Value) : LoadStatus.Ready;
    }

    private static LoadStatus PlaceSections(in KernelFiles files, ulong memory, ref KernelPlan plan, ref Gpa next)
    {
        plan.SectionContents = ElfSections.Aligned(next);
        LoadStatus status = ElfFile.TryOpen(files.Kernel.Span, out ElfFile elf);
        return status == LoadStatus.Ready
            ? ElfSections.FindRoom(elf, plan.SectionContents, memory, out next)
            : status;
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
