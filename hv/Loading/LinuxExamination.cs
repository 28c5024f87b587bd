// Where a Linux kernel goes, and what goes with it. Linux's Documentation/arch/x86/boot.rst, "Details of Header
// Fields". A guest's memory is one piece from address 0, so the address that a kernel prefers has the most room behind
// it that a kernel may count on: one that is loaded lower moves up there by itself.
namespace MinusOne.Hv.Loading;

internal static class LinuxExamination
{
    private const ulong PageMask = 0xFFF;

    // Memory of a guest whose options do not say how much: for the kernel and a few programs, and for a RAM disk with
    // what it becomes when it is unpacked.
    private const ulong UsualMemory = 256 << 20;
    private const ulong UsualForInitrd = 5;
    private const ulong MebibyteMask = (1 << 20) - 1;

    // 0: no Linux kernel, and no more than other guests have.
    public static ulong MemoryFor(in KernelFiles files, ulong most) =>
        !files.Kernel.IsGiven || files.HasEntry || files.Kernel.Length > KernelLayout.MostFileBytes
            || !IsLinux(files.Kernel.Span) ? 0
        : files.Initrd.Length >= most / UsualForInitrd ? most
        : Math.Min(most, (UsualMemory + (files.Initrd.Length * UsualForInitrd) + MebibyteMask) & ~MebibyteMask);

    // What is entered as a PVH guest is taken for Linux as well: nearly always it is.
    private static bool IsLinux(ReadOnlySpan<byte> file) =>
        LinuxHeader.IsLinux(file)
        || (!MultibootHeader.TryFind(file, out _) && !Multiboot2Header.TryFind(file, out _)
            && PvhNote.TryFind(file, out _));

    public static LoadStatus Examine(ReadOnlySpan<byte> file, in KernelFiles files, ulong memory, ref KernelPlan plan)
    {
        plan.Kind = ImageKind.Linux;
        plan.ThroughBios = false;
        var header = new LinuxHeader(file);
        LoadStatus status = !header.IsWhole ? LoadStatus.Truncated
            : header.Version < LinuxHeader.Oldest ? plan.Refuse(LoadStatus.LinuxTooOld, header.Version)
            : !header.IsLoadedHigh ? LoadStatus.LinuxRealMode
            : files.Bios.IsGiven ? LoadStatus.LinuxBios
            : files.Modules.Count != 0 ? LoadStatus.LinuxModules
            : header.IsRelocatable && !IsPowerOfTwo(header.Alignment)
                ? plan.Refuse(LoadStatus.LinuxHeader, header.Alignment)
            : LoadStatus.Ready;
        if (status == LoadStatus.Ready)
        {
            status = PlaceKernel(header, (ulong)file.Length, memory, ref plan);
        }

        return status == LoadStatus.Ready ? PlaceRest(header, files, memory, ref plan) : status;
    }

    private static LoadStatus PlaceKernel(in LinuxHeader header, ulong length, ulong memory, ref KernelPlan plan)
    {
        plan.Offset = header.SetupBytes;
        plan.Bytes = header.SystemBytes;
        if (plan.Bytes == 0 || plan.Offset + plan.Bytes >= length + LinuxHeader.BytesOfSystemUnit)
        {
            return plan.Refuse(LoadStatus.Truncated, plan.Offset + plan.Bytes);
        }

        // The last unit need not be whole.
        plan.Bytes = Math.Min(plan.Bytes, length - plan.Offset);

        ulong preferred = Math.Max(header.Preferred, KernelLayout.HighMemory);
        if (preferred >= memory)
        {
            return plan.Refuse(LoadStatus.LinuxMemory, preferred);
        }

        ulong mask = header.IsRelocatable ? header.Alignment - 1 : 0;
        ulong runs = (preferred + mask) & ~mask;
        ulong start = header.IsRelocatable ? runs : KernelLayout.HighMemory;
        ulong end = Math.Max(start + plan.Bytes, runs + header.InitSize);
        if (end > memory)
        {
            return plan.Refuse(LoadStatus.LinuxMemory, end);
        }

        plan.IsWide = header.IsWide;
        plan.Entry = new Gpa(start + (plan.IsWide ? KernelLayout.WideEntry : 0));
        return plan.Entry.Value < start + plan.Bytes
            ? plan.Cover(start, end, memory)
            : plan.Refuse(LoadStatus.Truncated, plan.Offset + KernelLayout.WideEntry);
    }

    // A RAM disk goes as high as memory and the kernel allow, where it is in nobody's way.
    private static LoadStatus PlaceRest(
        in LinuxHeader header, in KernelFiles files, ulong memory, ref KernelPlan plan)
    {
        plan.Information = new Gpa(KernelLayout.Information);
        if (files.CommandLine.Length > Math.Min(header.MostCommandLine, KernelLayout.CommandLineBytes - 1))
        {
            return plan.Refuse(LoadStatus.CommandLineTooLong, files.CommandLine.Length);
        }

        if (!files.Initrd.IsGiven)
        {
            return LoadStatus.Ready;
        }

        ulong end = Math.Min(memory, header.LastOfInitrd + 1);
        ulong length = files.Initrd.Length;
        plan.Initrd = new Gpa(length > end ? 0 : (end - length) & ~PageMask);
        return length == 0 ? LoadStatus.InitrdEmpty
            : plan.Initrd < plan.End || length > KernelLayout.MostFileBytes
                ? plan.Refuse(LoadStatus.NoRoomBehind, plan.End.Value + length)
            : LoadStatus.Ready;
    }

    private static bool IsPowerOfTwo(ulong value) => value != 0 && (value & (value - 1)) == 0;
}
