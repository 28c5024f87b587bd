// `run linux`: Debian's kernel and a file system with BusyBox and the drivers of our devices in it, which build.sh has
// fetched, and the command line that they are started with. Whatever the user gives instead is taken.

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
        "::respawn:/bin/sh /etc/console\n";

    // Process 1 keeps the console open, for what is typed would get lost between two programs that open it. That of
    // virtio is not there before its driver.
    private const string First =
        "#!/bin/busybox sh\n" +
        "/bin/busybox --install -s /bin\n" +
        "mount -t proc proc /proc\n" +
        "mount -t sysfs sys /sys\n" +
        "mount -t devtmpfs dev /dev\n" +
        "hostname linux\n" +
        "for module in $(cat /etc/modules); do insmod /lib/$module; done\n" +
        "(: </dev/console) 2>/dev/null && exec </dev/console >/dev/console 2>&1\n" +
        "exec init\n";

    // What the kernel does not know of its command line becomes the environment of process 1: run="..." is done here.
    private const string Start =
        "ip link set lo up\n" +
        "[ ! -e /sys/class/net/eth0 ] || udhcpc -i eth0 -s /etc/address -n -q >/dev/null 2>&1\n" +
        "echo; echo \"$(uname -sr), $(nproc) processors; poweroff, reboot and halt end it\"\n" +
        "[ -z \"$run\" ] || sh -c \"$run\"\n";

    // A shell has the console that was named last.
    private const string Console =
        "tty=$(sed 's/.* //' /sys/class/tty/console/active)\n" +
        "exec sh -l <\"/dev/${tty:=ttyS0}\" >\"/dev/$tty\" 2>&1\n";

    // udhcpc tells what it has got by its environment.
    private const string Address =
        "#!/bin/sh\n" +
        "ip link set \"$interface\" up\n" +
        "[ -n \"$ip\" ] || exit 0\n" +
        "ip addr add \"$ip/24\" dev \"$interface\"\n" +
        "hostname \"$hostname\"\n" +
        "echo \"search $domain\" >/etc/resolv.conf\n" +
        "echo \"nameserver $dns\" >>/etc/resolv.conf\n";

    // In the order in which they need one another. Those of a kernel that has some built in are fewer.
    private static readonly string[] s_modules =
    [
        "virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "virtio_blk",
        "failover", "net_failover", "virtio_net", "virtio-rng", "virtio_console", "virtio_balloon",
    ];

    public static string Kernel => Fetched("vmlinuz");

    public static string Initrd => Fetched("initrd");

    public static bool IsAmong(IReadOnlyList<string> words)
    {
        bool isAmong = words.Any(word => string.Equals(word, Name, StringComparison.OrdinalIgnoreCase));
        return !isAmong || words.Count == 1
            ? isAmong
            : throw new SetUpException($"{Name} runs alone; give several guests with --config");
    }

    // Makes it of BusyBox and the modules in a folder.
    public static void WriteInitrd(string folder, string target)
    {
        var files = new FileArchive();
        foreach (string name in (string[])["bin", "etc", "lib", "proc", "sys", "tmp", "root"])
        {
            files.AddFolder(name);
        }

        // Compressed ones have a longer name.
        string[] modules =
        [
            .. s_modules.SelectMany(name => Directory.EnumerateFiles(folder, name + ".ko*"))
                .Select(file => Path.GetFileName(file)),
        ];
        foreach (string module in modules)
        {
            files.Add("lib/" + module, File.ReadAllBytes(Path.Combine(folder, module)));
        }

        files.Add("etc/modules", Encoding.ASCII.GetBytes(string.Join('\n', modules)));
        files.Add("etc/address", Encoding.ASCII.GetBytes(Address));
        files.Add("bin/busybox", File.ReadAllBytes(Path.Combine(folder, "busybox")));
        files.AddLink("bin/sh", "busybox");
        files.Add("init", Encoding.ASCII.GetBytes(First));
        files.Add("etc/inittab", Encoding.ASCII.GetBytes(Processes));
        files.Add("etc/console", Encoding.ASCII.GetBytes(Console));
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
