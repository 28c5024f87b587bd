// What the Linux of the bench consists of, in out/bench: Debian's kernel, which leaves the clock behind at its entry,
// and one program with the drivers of virtio's devices.

using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using MinusOne.Ovmf.Runner.Disk;

namespace MinusOne.Tests.Bench;

internal static class LinuxFiles
{
    public const string Start = "bench=start", Devices = "bench=devices";
    public const uint DiskBytes = 4 << 20;
    public const uint Megabytes = 256;

    // The same for all machines.
    private const string Line = "mitigations=off nokaslr panic=-1 ";

    // In the order in which they need one another.
    private static readonly string[] s_modules =
    [
        "virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "virtio_blk",
        "failover", "net_failover", "virtio_net",
    ];

    public static string Kernel => Path.Combine(Folders.Work, "vmlinuz");

    public static string Initrd => Path.Combine(Folders.Work, "linux.initrd");

    public static string Disk => Path.Combine(Folders.Work, "linux.disk");

    public static string CommandLine(string what, string address = "", string peer = "") =>
        $"{Line}{what}{(address.Length == 0 ? "" : $" address={address} peer={peer}")}";

    // build.sh has fetched the kernel and its modules.
    public static void Make(string fetched)
    {
        string program = Tool.Compile("Linux", "init");
        byte[] kernel = File.ReadAllBytes(Path.Combine(fetched, "vmlinuz"));
        StampedKernel.Stamp(kernel);
        File.WriteAllBytes(Kernel, kernel);
        var files = new FileArchive();
        files.AddFolder("lib");
        files.Add("init", File.ReadAllBytes(program));
        string[] modules = [.. s_modules.SelectMany(name => Directory.EnumerateFiles(fetched, name + ".ko*"))];
        foreach (string module in modules)
        {
            files.Add("lib/" + Path.GetFileName(module), File.ReadAllBytes(module));
        }

        IEnumerable<string> names = modules.Select(module => Path.GetFileName(module) + "\n");
        files.Add("modules", Encoding.ASCII.GetBytes(string.Concat(names)));
        File.WriteAllBytes(Initrd, files.Finish());
        File.WriteAllBytes(Disk, new byte[DiskBytes]);
    }
}
