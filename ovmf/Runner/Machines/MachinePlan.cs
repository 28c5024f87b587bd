// The machine of one run, decided: which description and variant, found on this host, with the values known before it
// starts. Whatever can be missing is looked for here, before anything is copied.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using MinusOne.Ovmf.Runner.Disk;
using MinusOne.Ovmf.Runner.Options;

namespace MinusOne.Ovmf.Runner.Machines;

internal sealed record MachinePlan(
    string Name,
    MachineDescription Description,
    string Variant,
    string Program,
    IReadOnlyDictionary<string, string> Values,
    IReadOnlyList<string> MoreArguments)
{
    public const string Bochs = "bochs";
    public const string Qemu = "qemu";

    private const string BlindBochs = "blind";
    private const string OneProcessor = "1";

    // The firmware wants some 128 MiB, and the hypervisor and its tables the rest.
    private const ulong Least = 512 * MemorySize.Mebibyte;
    private const ulong BesideGuest = 256 * MemorySize.Mebibyte;
    private const ulong DefaultGuest = 32 * MemorySize.Mebibyte;

    // Bochs, in MiB; it keeps the rest of a larger machine in a file.
    private const ulong MostHostMemory = 2048;

    // Bochs has a display only if somebody wants to see it; QEMU's costs nothing.
    public bool HasScreen => Variant != BlindBochs;

    // --qemu may say otherwise.
    public bool HasOneProcessor => Values["processors"] == OneProcessor;

    public string Title => $"{Description.Title} ({Values["cpu"]})";

    // Which virtualisation the machine has, and how to get the other: for the first line of a run.
    public string Extension =>
        HasSvm
            ? $"{Unless("svm")}SVM; VT-x: {Description.OtherThanSvm}"
            : $"{Unless("vmx")}VT-x; SVM: {Description.OtherThanVtx}";

    private bool HasSvm =>
        Description.AmdModels.Any(name => Values["cpu"].StartsWith(name, StringComparison.OrdinalIgnoreCase));

    // QEMU's models can be told to leave a feature away: EPYC,-svm.
    private string Unless(string feature) =>
        Values["cpu"].Split(',').Any(word => word == $"-{feature}" || word == $"{feature}=off") ? "no " : "";

    public static MachinePlan Choose(RunOptions options)
    {
        string name = NameFor(options.Machine);
        if (options.MoreArguments.Count != 0 && name != Qemu)
        {
            throw new SetUpException("--qemu is for QEMU; add --machine qemu");
        }

        MachineDescription description = MachineDescription.Load(name);
        string program = HostTool.Find(description.Program) ?? throw new SetUpException(
            $"{description.Title} is not installed; run: apt-get install {description.Package}");
        string variant = name == Qemu
            ? HostProcessor.NestsVtx ? "kvm" : "tcg"
            : options.Screenshot == null ? BlindBochs : "screen";

        Dictionary<string, string> values = new(description.Variants[variant]);
        foreach ((string key, string file) in description.Files.SelectMany(need => need.Find()))
        {
            values[key] = file;
        }

        ulong memory = MachineMemory(options.Memory, options.Files.Sum(file => new FileInfo(file).Length));
        values["memory"] = $"{memory}";
        values["hostmemory"] = $"{Math.Min(memory, MostHostMemory)}";
        values["processors"] = options.HostCpus ?? OneProcessor;
        if (options.Cpu != null)
        {
            CpuModels.Check(description, program, options.Cpu);
            values["cpu"] = options.Cpu;
        }

        return new MachinePlan(name, description, variant, program, values, options.MoreArguments);
    }

    private static string NameFor(string? wanted)
    {
        if (wanted == null)
        {
            return HostProcessor.NestsVtx && HostTool.Find("qemu-system-x86_64") != null ? Qemu : Bochs;
        }

        string[] names = [.. MachineDescription.Names()];
        return names.Contains(wanted)
            ? wanted
            : throw new SetUpException($"no machine '{wanted}'; --machine takes {string.Join(" or ", names)}");
    }

    // In MiB. The files stay in memory until the guest's is filled from them.
    internal static ulong MachineMemory(ulong? guest, long files = 0)
    {
        ulong bytes = Math.Max(Least, (guest ?? DefaultGuest) + BesideGuest + (ulong)files);
        return (bytes + MemorySize.Mebibyte - 1) / MemorySize.Mebibyte;
    }
}
