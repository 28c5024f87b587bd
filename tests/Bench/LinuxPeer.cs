// Linux under QEMU with KVM: a Linux in Bochs whose only program is QEMU, with the libraries that it wants.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using MinusOne.Ovmf.Runner.Disk;

namespace MinusOne.Tests.Bench;

internal static class LinuxPeer
{
    private const string End = "peer: end";
    private const uint Megabytes = 1024;
    private const string Emulator = "/usr/bin/qemu-system-x86_64";
    private const string Loader = "/lib64/ld-linux-x86-64.so.2";

    // In the network that QEMU makes.
    private const string Address = "10.0.2.15", Server = "10.0.2.2";

    // Bochs' clock as it is, for its waits would be 35 times as long.
    private const string OnBochs = " no_timer_check tsc_early_khz=100000";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(15);

    // What the emulator reads to start a kernel.
    private static readonly string[] s_firmware =
    [
        "/usr/share/seabios/bios-256k.bin", "/usr/share/qemu/linuxboot_dma.bin", "/usr/share/qemu/kvmvapic.bin",
    ];

    // `kernel`: Debian's package of the kernel that has KVM, unpacked. Linux starts QEMU, and QEMU Linux.
    public static Dictionary<string, uint> Run(BenchProcessor processor, string kernel, string linux)
    {
        Console.Error.WriteLine("== Linux under QEMU with KVM: about five minutes");
        FileArchive files = PeerMachine.WithModules(processor, kernel);
        foreach (string folder in (string[])["proc", "sys", "tmp", "lib64", "share"])
        {
            files.AddFolder(folder);
        }

        files.Add("busybox", File.ReadAllBytes(Path.Combine(linux, "busybox")));
        files.Add("qemu", File.ReadAllBytes(Emulator));
        files.Add(Loader[1..], File.ReadAllBytes(Loader));
        foreach (string library in Libraries())
        {
            files.Add("lib64/" + Path.GetFileName(library), File.ReadAllBytes(library));
        }

        foreach (string file in s_firmware)
        {
            files.Add("share/" + Path.GetFileName(file), File.ReadAllBytes(file));
        }

        files.Add("vmlinuz", File.ReadAllBytes(LinuxFiles.Kernel));
        files.Add("initrd", File.ReadAllBytes(LinuxFiles.Initrd));
        files.Add("disk", File.ReadAllBytes(LinuxFiles.Disk));
        files.Add("init", Encoding.ASCII.GetBytes(Script()));
        var machine = new LinuxDisk(processor, "peer-linux") { Megabytes = Megabytes };
        string console = machine.Run(
            PeerMachine.Kernel(kernel), files.Finish(), PeerMachine.CommandLine + OnBochs, End, s_patience);
        return Ticks.Parse(console);
    }

    private static IEnumerable<string> Libraries() =>
        from line in Tool.Run("ldd", Emulator).Split('\n')
        let arrow = line.IndexOf("=> /", StringComparison.Ordinal)
        where arrow >= 0
        select line[(arrow + 3)..].Split(' ')[0];

    private static string Script()
    {
        string devices = LinuxFiles.CommandLine(LinuxFiles.Devices, Address, Server);
        return
            $$"""
            #!/busybox sh
            /busybox mount -t proc proc /proc
            /busybox mount -t sysfs sys /sys
            /busybox mount -t devtmpfs dev /dev
            exec </dev/ttyS0 >/dev/ttyS0 2>&1
            for module in irqbypass kvm ccp kvm-intel kvm-amd; do
                [ ! -e /$module.ko ] || /busybox insmod /$module.ko
            done
            run() {
                LD_LIBRARY_PATH=/lib64 /qemu -L /share -accel kvm -cpu host -m {{LinuxFiles.Megabytes}} -nodefaults \
                    -display none -no-reboot -serial stdio -kernel /vmlinuz -initrd /initrd "$@"
            }
            run -append "{{LinuxFiles.CommandLine(LinuxFiles.Start)}}"
            run -smp 2 -drive file=/disk,if=virtio,format=raw -netdev user,id=lan,restrict=on \
                -device virtio-net-pci,netdev=lan,romfile= -append "{{devices}}"
            echo {{End}}
            /busybox poweroff -f
            """.ReplaceLineEndings("\n") + "\n";
    }
}
