// The first file system of a Linux guest (its initial RAM disk): BusyBox, the drivers of our devices, and what is done
// before there is a shell, or before another system takes over.

using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using MinusOne.Ovmf.Runner.Disk;

namespace MinusOne.Ovmf.Runner.Linux;

internal static class InitialFiles
{
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
        "[ -z \"$system\" ] || exec sh /etc/system\n" +
        "exec init\n";

    // What the kernel does not know of its command line becomes the environment of process 1: system=DISK is one with
    // a whole system on it, which stays as it is; what is written to its files stays in memory.
    private const string TakeOver =
        "for module in squashfs overlay; do insmod /lib/$module.ko*; done\n" +
        "mkdir /below /memory /system\n" +
        "mount -t squashfs -o ro \"$system\" /below && mount -t tmpfs memory /memory &&\n" +
        "  mkdir /memory/above /memory/work &&\n" +
        "  mount -t overlay -o lowerdir=/below,upperdir=/memory/above,workdir=/memory/work system /system || exit\n" +
        "for folder in dev proc sys; do mount --move /$folder /system/$folder; done\n" +
        "exec switch_root /system /sbin/init\n";

    // It is in the environment, too: run="..." is done here.
    private const string Start =
        "ip link set lo up\n" +
        "[ ! -e /sys/class/net/eth0 ] || udhcpc -i eth0 -s /etc/address -n -q >/dev/null 2>&1\n" +
        "echo; echo \"$(uname -sr), $(nproc) processors; poweroff, reboot and halt end it\"\n" +
        "[ -z \"$run\" ] || sh -c \"$run\"\n";

    // A shell has the console that was named last.
    private const string Console =
        "tty=$(sed 's/.* //' /sys/class/tty/console/active)\n" +
        "export HOME=/root; exec sh -l <\"/dev/${tty:=ttyS0}\" >\"/dev/$tty\" 2>&1\n";

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

    // Loaded if there is a system to be started.
    private static readonly string[] s_systemModules = ["squashfs", "overlay"];

    // Makes it of BusyBox and the modules in a folder.
    public static void Write(string folder, string target)
    {
        var files = new FileArchive();
        foreach (string name in (string[])["bin", "etc", "lib", "proc", "sys", "tmp", "root"])
        {
            files.AddFolder(name);
        }

        string[] modules = Modules(folder, s_modules);
        foreach (string module in modules.Concat(Modules(folder, s_systemModules)))
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
        files.Add("etc/system", Encoding.ASCII.GetBytes(TakeOver));
        File.WriteAllBytes(target, files.Finish());
    }

    // Compressed ones have a longer name.
    private static string[] Modules(string folder, IEnumerable<string> names) =>
    [
        .. names.SelectMany(name => Directory.EnumerateFiles(folder, name + ".ko*"))
            .Select(file => Path.GetFileName(file)),
    ];
}
