// What a user gives a kernel: files, and words. Everything in it is input.

namespace MinusOne.Hv.Loading;

internal unsafe struct KernelFiles
{
    public FileBytes Kernel;

    // Becomes module 1 of a multiboot kernel.
    public FileBytes Initrd;
    public FileBytes CommandLine;

    // The user's, which is run as it is.
    public FileBytes Bios;

    // Ours, whose last four bytes are the address that it jumps to.
    public FileBytes OwnBios;

    // Ours, of ACPI.
    public FileBytes OwnTables;

    // With HasEntry the kernel is a flat binary, whatever it looks like: loaded here, entered here.
    public ulong Entry;
    public bool HasEntry;

    // Nothing but NimbOS will do.
    public bool IsNimbOs;

    public readonly bool AreGiven => Kernel.IsGiven || Bios.IsGiven;

    // What a configuration is loaded from: the user's files, or its own image by the same way.
    public readonly KernelFiles Of(VmConfig* config) => config->Image == null ? this : new KernelFiles
    {
        Kernel = new FileBytes(config->Image, config->ImageBytes),
        Bios = Bios,
        OwnBios = OwnBios,
        OwnTables = OwnTables,
        Entry = config->LoadAddress,
        HasEntry = config->LoadAddress != 0,
    };
}
