// `run linux` and `run debian`: Debian's kernel, a first file system with BusyBox and the drivers of our devices in it,
// and for debian a disk with a whole system. build.sh has fetched and made them. Whatever the user gives instead is
// taken, and disks of the user's come behind that one.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using MinusOne.Ovmf.Runner.Disk;

namespace MinusOne.Ovmf.Runner.Linux;

internal sealed record LinuxGuest(string Name, string Sentence)
{
    // A kernel that panics resets the machine instead of waiting for somebody to do so.
    private const string UsualLine = "console=ttyS0 panic=-1";

    private const string ReadOnly = ":ro";

    // Tells process 1 which disk it is (InitialFiles).
    private const string SystemLine = " system=/dev/vda";

    public static IReadOnlyList<LinuxGuest> All { get; } =
    [
        new("linux",
            "Debian's kernel with a shell on its console, fetched once; --kernel, --initrd, --cmdline instead of ours"),
        new("debian", "a minimal Debian to its login prompt, made once; root logs in without a password")
        {
            System = "system.squashfs",
        },
    ];

    public string Kernel => Fetched("linux", "vmlinuz");

    public string Initrd => Fetched("linux", "initrd");

    // The arguments of --disk.
    public IReadOnlyList<string> Disks => System == null ? [] : [Fetched(Name, System) + ReadOnly];

    private string? System { get; init; }

    public string CommandLine(string? given) => (given ?? UsualLine) + (System == null ? "" : SystemLine);

    // The one that is named, if it is one of these.
    public static LinuxGuest? Among(IReadOnlyList<string> words)
    {
        LinuxGuest? guest = All.FirstOrDefault(
            guest => words.Contains(guest.Name, StringComparer.OrdinalIgnoreCase));
        return guest == null || words.Count == 1
            ? guest
            : throw new SetUpException($"{guest.Name} runs alone; give several guests with --config");
    }

    private string Fetched(params ReadOnlySpan<string> path)
    {
        string file = Repository.File(["out", .. path]);
        return File.Exists(file)
            ? file
            : throw new SetUpException($"there is no {file}; ./build.sh run {Name} fetches it");
    }
}
