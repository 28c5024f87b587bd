// What a user gives a kernel: files, and words. Everything in it is input.
namespace MinusOne.Hv.Loading;

internal unsafe struct KernelFiles
{
    public FileBytes Kernel;

    // Becomes module 1 of a multiboot kernel, and the initial RAM disk of a Linux kernel.
    public FileBytes Initrd;
    public FileBytes CommandLine;

    // A multiboot kernel's own, behind the initial RAM disk.
    public KernelModules Modules;

    // The devices of any guest that is a PC.
    public DeviceOrder Devices;

    // The user's, which is run as it is.
    public FileBytes Bios;

    // Ours, whose last four bytes are the address that it jumps to.
    public FileBytes OwnBios;

    // Ours, which leads to a Linux kernel; its last twelve bytes are the entry, and whether it is a 64-bit one.
    public FileBytes OwnEntry;

    // Ours, of ACPI.
    public FileBytes OwnTables;

    // With HasEntry the kernel is a flat binary, whatever it looks like: loaded here, entered here.
    public ulong Entry;
    public bool HasEntry;

    // The guest is a PC, and kernels look for what a BIOS leaves behind.
    public bool IsForPc;

    // Nothing but NimbOS will do.
    public bool IsNimbOs;

    // What firmware takes of the guest's memory beside its RAM.
    public readonly ulong FirmwareBytes => Bios.Length > KernelLayout.BiosBytes ? Bios.Length : 0;

    public readonly bool AreGiven => Kernel.IsGiven || Bios.IsGiven;

    // The address of ACPI's tables, as a kernel is told it; 0: there are none, or the kernel lies there itself.
    public readonly Gpa RsdpFor(in KernelPlan plan) =>
        IsForPc && OwnTables.IsGiven && !plan.Covers(AcpiLayout.Address, OwnTables.Length)
            ? new(AcpiLayout.Address)
            : default;

    // The modules that a kernel is told of, in order: the initial RAM disk is the first.
    public readonly int ModuleCount => Modules.Count + (Initrd.IsGiven ? 1 : 0);

    public readonly KernelModule Module(int index)
    {
        if (!Initrd.IsGiven)
        {
            return Modules[index];
        }

        fixed (byte* name = "initrd"u8)
        {
            return index == 0 ? new KernelModule(Initrd, new FileBytes(name, 6)) : Modules[index - 1];
        }
    }

    // What a guest with an image of its own is loaded from, by the same way: 0 for where its header says.
    public readonly KernelFiles With(FileBytes image, ulong address)
    {
        KernelFiles files = OwnOnly();
        files.Kernel = image;
        files.Bios = Bios;
        files.Devices = Devices;
        files.Entry = address;
        files.HasEntry = address != 0;
        return files;
    }

    // No files of the user's yet.
    public readonly KernelFiles OwnOnly()
    {
        KernelFiles files = default;
        files.OwnBios = OwnBios;
        files.OwnEntry = OwnEntry;
        files.OwnTables = OwnTables;
        files.Devices = Devices;
        files.Devices.Disks = default;
        return files;
    }
}

// The bytes of a file, or of an option, where firmware left them.
internal readonly unsafe struct FileBytes(byte* start, ulong length)
{
    public readonly ulong Length = length;
    private readonly byte* _start = start;

    public bool IsGiven => _start != null;

    // The caller has checked that it is not longer than KernelLayout.MostFileBytes.
    public ReadOnlySpan<byte> Span => new(_start, (int)Length);
}

// Little-endian words of a file at any offset. The span is checked. Not inlined: headers are read once, and the checks
// would stand in the image a hundred times.
internal static class FileWords
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static uint Word(ReadOnlySpan<byte> file, int offset) =>
        BinaryPrimitives.ReadUInt16LittleEndian(file.Slice(offset));

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static uint Doubleword(ReadOnlySpan<byte> file, int offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(file.Slice(offset));

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Quadword(ReadOnlySpan<byte> file, int offset) =>
        BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(offset));

    // The lower half of the value.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void PutDoubleword(Span<byte> page, int offset, ulong value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(page.Slice(offset), (uint)value);
}
