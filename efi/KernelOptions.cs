// The options that name a kernel and what belongs to it. The files are read whole while firmware is still there, and
// looked through before it goes: a kernel that cannot be loaded costs one sentence, not a boot.

using System;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Options;

namespace MinusOne.Efi;

internal static unsafe class KernelOptions
{
    private const int MostPath = 256;

    private static ReadOnlySpan<byte> UsualKernel => "\\minusone\\nimbos.bin"u8;

    // A kernel or a BIOS without a name is a guest as well.
    public static bool AreGiven(OptionText options) =>
        options.TryGet("kernel"u8, out _) || options.TryGet("bios"u8, out _);

    // False, and said why: something is missing, or cannot be loaded.
    public static bool TryRead(OptionText options, ReadOnlySpan<byte> guests, ref RunSettings settings)
    {
        settings.Files.OwnBios = Guests.Bios;
        settings.Files.OwnEntry = Guests.LinuxEntry;
        settings.Files.OwnTables = Guests.Tables;
        settings.Files.Devices = default;
        DeviceOptions.Read(options, ref settings.Files.Devices);
        if (!TryReadBios(options, ref settings.Files)
            || !DiskOptions.TryRead(options, settings.AreTogether, ref settings.Files.Devices.Disks))
        {
            return false;
        }

        foreach (ReadOnlySpan<byte> name in new WordList(guests))
        {
            bool isNimbOs = GuestNames.IsNimbOs(name);
            if (isNimbOs || (GuestNames.IsFile(name) && AreGiven(options)))
            {
                settings.Files.IsNimbOs = isNimbOs;
                return TryReadKernel(options, ref settings);
            }
        }

        return true;
    }

    // Reads the options of a guest with lines of its own.
    public static bool TryReadOwn(OptionText lines, ref RunSettings settings) =>
        TryReadBios(lines, ref settings.Files) && TryReadKernel(lines, ref settings)
        && DiskOptions.TryReadOwn(lines, ref settings.Files.Devices.Disks);

    private static bool TryReadBios(OptionText options, ref KernelFiles files)
    {
        bool isRead = TryReadFile(options, "bios"u8, out files.Bios);
        files.Devices.HasDebugPort = files.FirmwareBytes != 0;
        return isRead;
    }

    private static bool TryReadKernel(OptionText options, ref RunSettings settings)
    {
        ref KernelFiles files = ref settings.Files;
        bool isNamed = options.TryGet("file"u8, out ReadOnlySpan<byte> kernel)
            || options.TryGet("kernel"u8, out kernel);
        if (!isNamed && files.IsNimbOs)
        {
            kernel = UsualKernel;
        }

        if (options.TryGet("entry"u8, out ReadOnlySpan<byte> entry) && !Number.TryParse(entry, out files.Entry))
        {
            return Complain(entry, "entry wants an address, like 0x200000"u8);
        }

        files.HasEntry = !entry.IsEmpty;
        if ((!kernel.IsEmpty && !TryReadFile(kernel, out files.Kernel))
            || !TryReadFile(options, "initrd"u8, out files.Initrd)
            || !ModuleOptions.TryRead(options, ref files.Modules))
        {
            return false;
        }

        if (options.TryGet("cmdline"u8, out ReadOnlySpan<byte> line))
        {
            fixed (byte* text = line)
            {
                files.CommandLine = new FileBytes(text, (ulong)line.Length);
            }
        }

        if (settings.HasTestDevice && files.FirmwareBytes == KernelLayout.MostFirmware)
        {
            return Complain("testdev"u8, "and a BIOS of 16 MiB want the same memory; leave one of them out"u8);
        }

        RunSettings own = settings;
        ForLinux(options, ref own);
        return IsLoadable(KernelExamination.Examine(files, own.MemoryBytes), kernel);
    }

    // What Linux is given unless the options say otherwise, its own or those of the run.
    public static void ForLinux(OptionText options, ref RunSettings settings)
    {
        ulong memory = LinuxExamination.MemoryFor(settings.Files, RunSettings.MostMemory);
        if (memory == 0)
        {
            return;
        }

        if (!options.TryGet("memory"u8, out _) && settings.MemoryBytes == RunSettings.DefaultMemory)
        {
            settings.MemoryBytes = Math.Max(settings.MemoryBytes, memory);
        }

        if (settings.Hypervisor == HypervisorKind.Usual)
        {
            settings.Hypervisor = HypervisorKind.Kvm;
        }

        if (settings.Files.Devices.Rng == Choice.Usual)
        {
            settings.Files.Devices.Rng = Choice.Yes;
        }

        if (settings.Files.Devices.Balloon == Choice.Usual)
        {
            settings.Files.Devices.Balloon = Choice.Yes;
        }

        if (settings.Files.Devices.Console == ConsoleKind.Usual)
        {
            settings.Files.Devices.Console = ConsoleName.ForLinux(settings.Files.CommandLine.Span);
        }
    }

    // Says how the kernel will be loaded, or why not.
    private static bool IsLoadable(in KernelPlan plan, ReadOnlySpan<byte> kernel)
    {
        if (plan.Status == LoadStatus.Ready)
        {
            KernelLoader.Tell(plan);
            return true;
        }

        Writer sentence = Writer.Log.Text("minusone: cannot load "u8).Text(kernel.IsEmpty ? "the BIOS"u8 : kernel)
            .Text(": "u8)
            .Text(Names.OfLoadStatus((uint)plan.Status));
        if (plan.Culprit != 0)
        {
            sentence = sentence.Text(" (0x"u8).Hex(plan.Culprit).Text(")"u8);
        }

        sentence.EndLine();
        return false;
    }

    private static bool TryReadFile(OptionText options, ReadOnlySpan<byte> key, out FileBytes file)
    {
        file = default;
        return !options.TryGet(key, out ReadOnlySpan<byte> path) || TryReadFile(path, out file);
    }

    public static bool TryReadFile(ReadOnlySpan<byte> path, out FileBytes file)
    {
        file = default;
        char* name = stackalloc char[MostPath];
        if (path.Length >= MostPath)
        {
            return Complain(path, "is too long for a path"u8);
        }

        for (int i = 0; i < path.Length; i++)
        {
            name[i] = (char)path[i];
        }

        name[path.Length] = '\0';
        EfiStatus status =
            Volume.Read(new ReadOnlySpan<char>(name, path.Length + 1), out byte* content, out ulong length);
        file = new FileBytes(content, length);
        return status == EfiStatus.Success || Complain(path, status == EfiStatus.NotFound
            ? Names.OfLoadStatus((uint)LoadStatus.NoFile)
            : status == EfiStatus.OutOfResources ? "there is no memory for it"u8 : "firmware cannot read it"u8);
    }

    public static bool Complain(ReadOnlySpan<byte> what, ReadOnlySpan<byte> why)
    {
        Writer.Log.Text("minusone: "u8).Text(what).Text(": "u8).Text(why).EndLine();
        return false;
    }
}
