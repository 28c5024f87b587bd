// `run linux`: Debian's kernel and a file system with BusyBox in it, which build.sh has fetched, and the command line
// that they are started with. Whatever the user gives instead is taken.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using MinusOne.Ovmf.Runner.Disk;

namespace MinusOne.Ovmf.Runner.Linux;

internal static class LinuxGuest
{
    public const string Name = "linux";

    // A kernel that panics resets the machine instead of waiting for somebody to do so.
    public const string CommandLine = "console=ttyS0 panic=-1";

    // BusyBox is process 1: it starts a shell on the console, and obeys poweroff, halt and reboot.
    private const string Processes =
        "::sysinit:/bin/busybox sh /etc/start\n" +
        "ttyS0::respawn:-/bin/sh\n";

    private const string Start =
        "/bin/busybox --install -s /bin\n" +
        "mount -t proc proc /proc\n" +
        "mount -t sysfs sys /sys\n" +
        "mount -t devtmpfs dev /dev\n" +
        "hostname linux\n" +
        "echo; echo \"$(uname -sr), $(nproc) processors; poweroff, reboot and halt end it\"\n";

    public static string Kernel => Fetched("vmlinuz");

    public static string Initrd => Fetched("initrd");

    public static bool IsAmong(IReadOnlyList<string> words)
    {
        bool isAmong = words.Any(word => string.Equals(word, Name, StringComparison.OrdinalIgnoreCase));
        return !isAmong || words.Count == 1
            ? isAmong
            : throw new SetUpException($"{Name} runs alone; give several guests with --config");
    }

    public static void WriteInitrd(string busybox, string target)
    {
        var files = new FileArchive();
        foreach (string folder in (string[])["bin", "etc", "proc", "sys", "tmp", "root"])
        {
            files.AddFolder(folder);
        }

        files.Add("bin/busybox", File.ReadAllBytes(busybox));
        files.AddLink("bin/sh", "busybox");
        files.AddLink("init", "bin/busybox");
        files.Add("etc/inittab", Encoding.ASCII.GetBytes(Processes));
        files.Add("etc/start", Encoding.ASCII.GetBytes(Start));
        File.WriteAllBytes(target, files.Finish());
    }

    private static string Fetched(string name)
    {
        string file = Repository.File("out", "linux", name);
        return File.Exists(file)
            ? file
            : throw new SetUpException($"there is no {file}; ./build.sh run {Name} fetches it");
    }
}
