// The host's page tables: all memory one to one, nothing both writable and executable, page 0 and the stacks' guard
// pages not mapped at all, the firmware's remains read-only. A second root shows everything with all rights: it is used
// for the one firmware call that is left, ResetSystem.

using MinusOne.Efi.Console;

namespace MinusOne.Efi.Host;

internal static unsafe class HostTables
{
    private const ulong FourGigabytes = 1UL << 32;
    private const ulong ImageSectionHeaders = 24;
    private const ulong PageBytes = 4096;
    private const uint Executable = 0x2000_0000;
    private const uint Writable = 0x8000_0000;

    // The second and the fourth of eight entries, which PageEntry names where it says write-combining and uncacheable,
    // which is 0.
    private const int PatShift = 8, UncachedShift = 24;

    private static PageTable s_tables;
    private static PageTable s_firmwareView;
    private static ulong s_end;

    // The fifth level of both, where firmware has turned it on: their lower half, where all of it lies. The bit cannot
    // be changed without leaving long mode.
    private static ulong* s_fifth;
    private static ulong* s_firmwareFifth;

    public static Hpa Root => s_fifth == null ? s_tables.Root : new(s_fifth);

    public static Hpa FirmwareView => s_firmwareFifth == null ? s_firmwareView.Root : new(s_firmwareFifth);

    public static bool TryBuild(ref Machine machine, FramePool* pool)
    {
        ulong end = LimitOf(machine.Memory);
        machine.MemoryEnd = new Hpa(end);
        s_end = end;
        int largest = machine.Facts.Processor.HasPages1G ? PageLevel.Page1G : PageLevel.Page2M;
        if (!s_tables.Initialize(pool, FrameOwner.HostTable, PageFormat.Paging, largest)
            || !s_firmwareView.Initialize(pool, FrameOwner.HostTable, PageFormat.Paging, largest)
            || !Map(ref s_tables, end, PageRights.ReadWrite)
            || !Map(ref s_firmwareView, end, PageRights.All)
            || s_tables.Unmap(0, 4096) != TableStatus.Done)
        {
            return false;
        }

        MapScreen(machine.Memory);
        return UnmapGuards() && TryFifth(pool, ref s_tables, ref s_fifth)
            && TryFifth(pool, ref s_firmwareView, ref s_firmwareFifth)
            && ProtectFirmware(machine.Memory) && ProtectImage();
    }

    private static bool UnmapGuards()
    {
        for (int guard = 0; guard < HostMemory.Processors * ProcessorBlock.Stacks; guard++)
        {
            ProcessorBlock* block = HostMemory.Block(guard / ProcessorBlock.Stacks);
            if (s_tables.Unmap(block->Guard(guard % ProcessorBlock.Stacks).Value, 4096) != TableStatus.Done)
            {
                return false;
            }
        }

        return true;
    }

    // The picture has a range of its own, wherever it lies; one in memory that firmware gave away is none.
    private static void MapScreen(in PhysicalMap memory)
    {
        PhysicalRange picture = Screen.Memory;
        if (picture.Length == 0)
        {
            return;
        }

        foreach (ref readonly PhysicalRange range in memory.Ranges)
        {
            bool isApart = range.End <= picture.Start || picture.End <= range.Start;
            if (!isApart && !IsNoMemory(range))
            {
                Screen.GiveUp(ScreenFault.InMemory);
                return;
            }
        }

        var attributes = new PageAttributes(PageRights.ReadWrite, MemoryType.WriteCombining);
        if (s_tables.Unmap(picture.Start.Value, picture.Length) != TableStatus.Done
            || s_tables.Map(picture.Start.Value, picture.Length, picture.Start, attributes) != TableStatus.Done)
        {
            Screen.GiveUp(ScreenFault.NotMapped);
        }
    }

    // Registers that lie above what is mapped one to one; below, MTRRs say that nothing of them is kept. A neighbour's
    // may be there already.
    public static bool TryMapDevice(Hpa start, ulong length)
    {
        var attributes = new PageAttributes(PageRights.ReadWrite, MemoryType.Uncacheable);
        for (ulong at = start.Value; at < start.Value + length; at += PageBytes)
        {
            TableStatus status = at < s_end
                ? TableStatus.AlreadyMapped
                : s_tables.Map(at, PageBytes, new Hpa(at), attributes);
            if (status is not TableStatus.Done and not TableStatus.AlreadyMapped)
            {
                return false;
            }
        }

        return true;
    }

    // What they say counts only with these: NX, write protection, and the PAT's entries.
    public static void TurnOn()
    {
        Cpu.WriteMsr((uint)Msr.Efer, Cpu.ReadMsr((uint)Msr.Efer) | (ulong)Efer.ExecuteDisableEnable);
        Cpu.WriteCr0(Cpu.ReadCr0() | (ulong)Cr0.WriteProtect);
        ulong pat = Cpu.ReadMsr((uint)Msr.Pat) & ~((0xFFUL << PatShift) | (0xFFUL << UncachedShift));
        Cpu.WriteMsr((uint)Msr.Pat, pat | ((ulong)MemoryType.WriteCombining << PatShift));
        Cpu.WriteCr3(Root.Value);
    }

    private static bool TryFifth(FramePool* pool, ref PageTable tables, ref ulong* fifth)
    {
        if ((Cpu.ReadCr4() & (ulong)Cr4.LinearAddresses57) == 0)
        {
            return true;
        }

        bool isDone = pool->TryAllocateCleared(FrameOwner.HostTable, out Hpa frame);
        if (isDone)
        {
            fifth = (ulong*)frame.Pointer;
            *fifth = PageEntry.ToTable(tables.Root).Raw;
        }

        return isDone;
    }

    private static bool Map(ref PageTable tables, ulong end, PageRights rights) =>
        tables.Map(0, end, default, new PageAttributes(rights, MemoryType.WriteBack)) == TableStatus.Done;

    // Where there may be devices, and nothing that the host reads.
    private static bool IsNoMemory(in PhysicalRange range) => range.Kind is PhysicalKind.Mmio or PhysicalKind.Reserved;

    // At least the first 4 GiB, where devices are, and all memory that the map lists.
    private static ulong LimitOf(in PhysicalMap memory)
    {
        ulong limit = FourGigabytes;
        foreach (ref readonly PhysicalRange range in memory.Ranges)
        {
            limit = range.End.Value > limit && !IsNoMemory(range) ? range.End.Value : limit;
        }

        return (limit + PageLevel.OffsetMask(PageLevel.Page1G)) & ~PageLevel.OffsetMask(PageLevel.Page1G);
    }

    private static bool ProtectFirmware(in PhysicalMap memory)
    {
        foreach (ref readonly PhysicalRange range in memory.Ranges)
        {
            bool firmware = range.Kind is PhysicalKind.RuntimeCode or PhysicalKind.RuntimeData or PhysicalKind.AcpiNvs
                or PhysicalKind.AcpiReclaim;
            if (firmware && s_tables.Protect(range.Start.Value, range.Length, PageRights.Read) != TableStatus.Done)
            {
                return false;
            }
        }

        return true;
    }

    // Each section of our own image as its header says: PE/COFF specification 4.
    private static bool ProtectImage()
    {
        byte* image = HostCpu.ImageBaseAddress();
        byte* header = image + *(uint*)(image + 0x3C);
        int sections = *(ushort*)(header + 6);
        byte* section = header + ImageSectionHeaders + *(ushort*)(header + 20);
        if (s_tables.Protect((ulong)image, 4096, PageRights.Read) != TableStatus.Done)
        {
            return false;
        }

        for (; sections > 0; sections--, section += 40)
        {
            ulong length = (*(uint*)(section + 8) + 0xFFFUL) & ~0xFFFUL;
            uint flags = *(uint*)(section + 36);
            PageRights rights = PageRights.Read | ((flags & Writable) != 0 ? PageRights.Write : 0)
                | ((flags & Executable) != 0 ? PageRights.Execute : 0);
            if (s_tables.Protect((ulong)image + *(uint*)(section + 12), length, rights) != TableStatus.Done)
            {
                return false;
            }
        }

        return true;
    }
}
