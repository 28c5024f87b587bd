// Puts a kernel that was examined into a guest's memory, with the BIOS before it and what it is told behind it, and
// says where the processor begins. Multiboot specification 3.2 Machine state: EAX and EBX come through our BIOS
// unchanged, so whoever looks at them may.
namespace MinusOne.Hv.Loading;

internal static unsafe class KernelLoader
{
    private const int EntryBytes = 4;
    private const int EntryAndWidth = 12;

    // False: `complaint` says why. `start` learns how the guest begins.
    public static bool TryLoad(
        GuestMemory* guest, ref StartState start, scoped in KernelFiles files, ulong memory,
        out ReadOnlySpan<byte> complaint)
    {
        KernelPlan plan = KernelExamination.Examine(files, memory);
        if (plan.Status == LoadStatus.Ready)
        {
            plan.Status = Load(guest, files, plan, memory);
        }

        complaint = Names.OfLoadStatus((uint)plan.Status);
        if (plan.Status != LoadStatus.Ready)
        {
            return false;
        }

        Begin(ref start, plan);
        return true;
    }

    public static LoadStatus Load(GuestMemory* guest, in KernelFiles files, in KernelPlan plan, ulong memory)
    {
        bool isLoaded = BiosData.TryLoad(guest, files, plan, memory)
            && BiosVectors.TryLoad(guest, files, plan, memory)
            && (!plan.ThroughBios || LoadBios(guest, files, plan))
            && (plan.Kind != ImageKind.Linux || LoadEntry(guest, files, plan))
            && LoadImage(guest, files, plan)
            && (plan.Information.Value == 0 || LoadInformation(guest, files, plan, memory))
            && (plan.Sections.Value == 0 || LoadSections(guest, files, plan));
        return isLoaded ? LoadStatus.Ready : LoadStatus.NoFrames;
    }

    public static void Tell(in KernelPlan plan)
    {
        Writer line = Writer.Log.Text("kernel: "u8).Text(Names.OfImageKind((uint)plan.Kind));
        if (plan.Kind is not (ImageKind.Bios or ImageKind.Firmware))
        {
            line = line.Text(", "u8).Hex(plan.Start.Value).Text("h-"u8).Hex(plan.End.Value - 1).Text("h, entry "u8)
                .Hex(plan.Entry.Value).Text("h"u8);
        }

        line.Text(plan.Kind == ImageKind.Firmware ? " from the reset vector"u8
            : plan.ThroughBios ? " through the BIOS at 8000h"u8
            : plan.IsWide ? " in long mode"u8 : " in protected mode"u8).EndLine();
    }

    private static void Begin(ref StartState start, in KernelPlan plan)
    {
        start.Mode = plan.ThroughBios ? StartMode.Real : StartMode.Protected;
        start.Entry = plan.ThroughBios || plan.Kind == ImageKind.Linux ? KernelLayout.Bios : plan.Entry.Value;
        start.Rsp = KernelLayout.StackTop;
        if (plan.Kind == ImageKind.Firmware)
        {
            start.CodeBase = KernelLayout.ResetBase;
            start.Entry = KernelLayout.ResetOffset;
            start.Rsp = 0;
        }

        if (plan.Information.Value != 0)
        {
            start.Rax = plan.IsMultiboot ? MultibootInformation.Magic
                : plan.Kind is ImageKind.Multiboot2Flat or ImageKind.Multiboot2Elf ? Multiboot2Information.Magic
                : 0;
            start.Rbx = plan.Information.Value;
        }
    }

    private static bool LoadBios(GuestMemory* guest, in KernelFiles files, in KernelPlan plan)
    {
        var at = new Gpa(KernelLayout.Bios);
        if (plan.Kind == ImageKind.Firmware)
        {
            return LoadFirmware(guest, files.Bios.Span);
        }

        if (files.Bios.IsGiven)
        {
            return IsDone(guest->Load(at, files.Bios.Span));
        }

        ulong entry = plan.Entry.Value;
        ReadOnlySpan<byte> bios = files.OwnBios.Span;
        return IsDone(guest->Load(at, bios))
            && IsDone(guest->Load(at + (ulong)(bios.Length - EntryBytes), new ReadOnlySpan<byte>(&entry, EntryBytes)));
    }

    // Both copies are RAM: firmware that makes its own area writable finds it so.
    private static bool LoadFirmware(GuestMemory* guest, ReadOnlySpan<byte> image)
    {
        var start = new Gpa(KernelLayout.FirmwareEnd - (ulong)image.Length);
        int low = Math.Min(image.Length, (int)KernelLayout.FirmwareShadow);
        return guest->AddRegion(GuestRegionKind.Ram, start, (ulong)image.Length) == RegionStatus.Added
            && IsDone(guest->Load(start, image))
            && IsDone(guest->Load(
                new Gpa(KernelLayout.HighMemory - (ulong)low), image.Slice(image.Length - low)));
    }

    // What leads to a Linux kernel, and its command line.
    private static bool LoadEntry(GuestMemory* guest, in KernelFiles files, in KernelPlan plan)
    {
        var at = new Gpa(KernelLayout.Bios);
        ReadOnlySpan<byte> code = files.OwnEntry.Span;
        ulong* ending = stackalloc ulong[2];
        ending[0] = plan.Entry.Value;
        ending[1] = plan.IsWide ? 1u : 0;
        return IsDone(guest->Load(at, code))
            && IsDone(guest->Load(
                at + (ulong)(code.Length - EntryAndWidth), new ReadOnlySpan<byte>(ending, EntryAndWidth)))
            && IsDone(guest->Load(new Gpa(KernelLayout.CommandLine), files.CommandLine.Span));
    }

    // Pages come zeroed, so there is nothing to do for a bss.
    private static bool LoadImage(GuestMemory* guest, in KernelFiles files, in KernelPlan plan)
    {
        if (plan.Kind is ImageKind.Bios or ImageKind.Firmware)
        {
            return true;
        }

        ReadOnlySpan<byte> file = files.Kernel.Span;
        if (!plan.IsElf)
        {
            return IsDone(guest->Load(plan.Start, file.Slice((int)plan.Offset, (int)plan.Bytes)));
        }

        bool isDone = ElfFile.TryOpen(file, out ElfFile elf) == LoadStatus.Ready;
        for (int i = 0; isDone && i < elf.SegmentCount; i++)
        {
            ElfSegment segment = elf.Segment(i);
            if (segment.IsLoaded && segment.MemoryBytes != 0)
            {
                ReadOnlySpan<byte> bytes = file.Slice((int)segment.Offset, (int)segment.FileBytes);
                isDone = IsDone(guest->Load(new Gpa(segment.PhysicalAddress + plan.Shift), bytes));
            }
        }

        return isDone;
    }

    // The sections of a multiboot kernel, where ElfSections has found room: the table, then what it is about.
    private static bool LoadSections(GuestMemory* guest, in KernelFiles files, in KernelPlan plan)
    {
        bool isDone = ElfFile.TryOpen(files.Kernel.Span, out ElfFile elf) == LoadStatus.Ready
            && IsDone(guest->Load(plan.Sections, elf.SectionTable));
        Gpa at = plan.SectionContents;
        for (int i = 0; isDone && i < elf.SectionCount; i++)
        {
            isDone = elf.TryReadSection(i, out ReadOnlySpan<byte> content);
            if (isDone && !content.IsEmpty)
            {
                ulong address = at.Value;
                Gpa field = plan.Sections + (ulong)((i * elf.SectionBytes) + elf.SectionAddressOffset);
                isDone = IsDone(guest->Load(at, content))
                    && IsDone(guest->Load(field, new ReadOnlySpan<byte>(&address, elf.AddressBytes)));
                at = ElfSections.Behind(at, content);
            }
        }

        return isDone;
    }

    private static bool LoadModules(GuestMemory* guest, in KernelFiles files, in KernelPlan plan)
    {
        bool isDone = true;
        Gpa at = plan.Initrd;
        for (int i = 0; isDone && i < files.ModuleCount; i++)
        {
            KernelModule module = files.Module(i);
            isDone = IsDone(guest->Load(at, module.File.Span));
            at = module.Behind(at);
        }

        return isDone;
    }

    private static bool LoadInformation(GuestMemory* guest, in KernelFiles files, in KernelPlan plan, ulong memory)
    {
        if (!LoadModules(guest, files, plan))
        {
            return false;
        }

        if (plan.InformationBytes != 0)
        {
            var writer = new InformationWriter(plan.Information, guest, &Store);
            writer.Write(files, plan, memory);
            return writer.IsDone;
        }

        if (!IsDone(guest->TryReach(plan.Information, PageRights.Write, out byte* page)))
        {
            return false;
        }

        var information = new Span<byte>(page, (int)KernelLayout.InformationBytes);
        if (plan.Kind == ImageKind.Linux)
        {
            LinuxParameters.Write(information, files, plan, memory);
        }
        else
        {
            MultibootInformation.Write(information, files, plan, memory);
        }

        return true;
    }

    private static bool Store(void* guest, Gpa at, ReadOnlySpan<byte> bytes) =>
        IsDone(((GuestMemory*)guest)->Load(at, bytes));

    private static bool IsDone(Resolution resolution) => resolution == Resolution.Mapped;
}
