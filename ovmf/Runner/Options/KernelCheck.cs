// Looks the user's kernel through with the image's own code, so that what the image would refuse is refused here, in
// the same words and without a start of the firmware.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using MinusOne.Ovmf.Runner.Guests;

namespace MinusOne.Ovmf.Runner.Options;

internal static unsafe class KernelCheck
{
    // Memory is what the image would give the guest.
    public static RunOptions Check(RunOptions options)
    {
        bool isForKernel = options.Guests.All(Catalogue.IsFile);
        if (options.Kernel != null && !isForKernel && !options.Guests.All(name => IsDescribed(name, options.Config)))
        {
            throw new SetUpException($"'{options.Guests.First(name => !Catalogue.IsFile(name))}' is built in; " +
                "--kernel goes without a name, or with nimbos");
        }

        bool isOnTheDisk = options.Image != RunOptions.DefaultImage
            || options.Settings.Any(pair => pair.Key == "kernel");
        if (options.Kernel == null && !isOnTheDisk && (options.Bios == null || !isForKernel))
        {
            RefuseWhatIsForKernels(options);
        }

        return options.Kernel != null || options.Bios != null ? Examine(options, isForKernel) : options;
    }

    // Has the guest lines of its own? They may name what --kernel and --initrd have put on the disk.
    private static bool IsDescribed(string name, string config) =>
        config.Split('\n').Any(line => line.Trim() == $"[{name}]");

    private static void RefuseWhatIsForKernels(RunOptions options)
    {
        string? option = options.Entry != null ? "--entry"
            : options.Initrd != null ? "--initrd"
            : options.Modules.Count != 0 ? "--module"
            : options.CommandLine != null ? "--cmdline"
            : null;
        if (option != null)
        {
            throw new SetUpException($"{option} needs a kernel; give one with --kernel FILE");
        }
    }

    private static RunOptions Examine(RunOptions options, bool isForKernel)
    {
        var pins = new List<byte[]>();
        var files = new KernelFiles
        {
            Kernel = Bytes(options.Kernel, pins),
            Bios = Bytes(options.Bios, pins),
            Initrd = Bytes(options.Initrd, pins),
            CommandLine = Bytes(Encoding.UTF8.GetBytes(options.CommandLine ?? ""), pins),
            Entry = options.Entry ?? 0,
            HasEntry = options.Entry != null,
            IsNimbOs = options.Guests.Contains(Catalogue.NimbOs),
        };
        foreach (ModuleFile module in options.Modules)
        {
            FileBytes text = Bytes(Encoding.UTF8.GetBytes(module.Text), pins);
            files.Modules.TryAdd(new KernelModule(Bytes(module.File, pins), text));
        }

        RunOptions judged = Judge(options, files, isForKernel);
        GC.KeepAlive(pins);
        return judged;
    }

    private static RunOptions Judge(RunOptions options, in KernelFiles files, bool isForKernel)
    {
        ulong usual = LinuxExamination.MemoryFor(files, RunSettings.MostMemory);
        ulong? set = SetMemory(options);
        ulong? memory = options.Memory ?? (usual == 0 || set != null ? null : usual);
        KernelPlan plan = KernelExamination.Examine(files, memory ?? set ?? RunSettings.DefaultMemory);
        bool isRefused = plan.Status is LoadStatus.BiosEmpty or LoadStatus.BiosTooBig
            || (isForKernel && plan.Status != LoadStatus.Ready);
        if (isRefused)
        {
            string culprit = plan.Culprit == 0 ? "" : $" (0x{plan.Culprit:X})";
            string sentence = Says(plan.Status);
            throw new SetUpException($"cannot load '{options.Kernel ?? options.Bios}': {sentence}{culprit}");
        }

        return options with { Memory = memory, IsLinux = usual != 0 };
    }

    // Null: not at all, or to what is no size, which the image says.
    private static ulong? SetMemory(RunOptions options) =>
        options.Settings.LastOrDefault(pair => pair.Key == "memory").Value is string text
            ? MemorySize.Parse(text)
            : null;

    private static string Says(LoadStatus status) =>
        typeof(LoadStatus).GetField(status.ToString())!.GetCustomAttribute<SaysAttribute>()!.Text;

    private static FileBytes Bytes(string? file, List<byte[]> pins) =>
        file == null ? default : Bytes(File.ReadAllBytes(file), pins);

    // A file without bytes is given all the same, and so needs an address: one byte more than it has. `pins` keeps it.
    private static FileBytes Bytes(byte[] content, List<byte[]> pins)
    {
        byte[] pinned = GC.AllocateArray<byte>(content.Length + 1, pinned: true);
        content.CopyTo(pinned, 0);
        pins.Add(pinned);
        return new FileBytes((byte*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0), (ulong)content.Length);
    }
}
