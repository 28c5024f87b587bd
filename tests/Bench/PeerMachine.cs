// The bench guest under KVM, in the same Bochs: OVMF's shell starts Debian's kernel, whose only program (Peer/kvm.c)
// loads KVM and runs the guest. What the peer costs is measured here and now, by the same instructions.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using MinusOne.Ovmf.Runner.Disk;

namespace MinusOne.Tests.Bench;

internal static class PeerMachine
{
    private const string Console = "peer.txt";
    private const string Mark = "peer: ";
    private const string LastLine = "peer: end";
    private const string PoweredOff = "peer: the guest powered off";
    private const int DiskBytes = 128 * 16 * 63 * 512;

    // Without what Linux does against flaws of processors, and with pages of 4 KiB: as the figures of rows.tsv. Without
    // MWAITX (221), whose own timer Bochs does not have: Linux would wait for it for ever.
    private const string StartScript =
        "fs0:\nvmlinuz initrd=\\initrd mitigations=off transparent_hugepage=never nokaslr tsc=reliable panic=1 " +
        "clearcpuid=221 console=ttyS1,115200\n";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(15);

    // `kernel`: Debian's package of the kernel, unpacked.
    public static Dictionary<string, uint> Run(BenchProcessor processor, string kernel)
    {
        System.Console.Error.WriteLine($"== Linux {Path.GetFileName(Modules(kernel))} with KVM: about two minutes");
        string program = Path.Combine(Folders.Work, "kvm");
        Tool.Run("gcc", "-O2", "-Wall", "-static", "-s", "-o", program, Path.Combine(Folders.Source, "Peer", "kvm.c"));
        MakeDisk(processor, kernel, program);
        string console = EmulatorRun.Until(LastLine, "peer", Configuration(processor), Console, s_patience);
        File.Delete(Path.Combine(Folders.Work, "peer.img"));
        string last = console.Split('\n').Select(line => line.Trim())
            .LastOrDefault(line => line.StartsWith(Mark) && line != LastLine);
        return last == PoweredOff
            ? Ticks.Parse(console)
            : throw new BenchException(last == null
                ? "Linux with KVM did not come to its program; what it said is in out/bench/linux.txt"
                : $"the guest under KVM did not come to its end; {last}");
    }

    private static string Modules(string kernel) =>
        Directory.GetDirectories(Path.Combine(kernel, "lib/modules")).Single();

    private static void MakeDisk(BenchProcessor processor, string kernel, string program)
    {
        var files = new FileArchive();
        files.Add("init", File.ReadAllBytes(program));
        files.Add("guest", File.ReadAllBytes(Path.Combine(Folders.Work, BareMachine.Image)));
        string folder = Path.Combine(Modules(kernel), "kernel");
        string[] modules =
        [
            "virt/lib/irqbypass.ko", "arch/x86/kvm/kvm.ko",
            .. processor.IsSvm
                ? ["drivers/crypto/ccp/ccp.ko", "arch/x86/kvm/kvm-amd.ko"]
                : (string[])["arch/x86/kvm/kvm-intel.ko"],
        ];
        foreach (string module in modules)
        {
            files.Add(Path.GetFileName(module), File.ReadAllBytes(Path.Combine(folder, module)));
        }

        string disk = Path.Combine(Folders.Work, "peer.img");
        string initrd = Path.Combine(Folders.Work, "initrd");
        string script = Path.Combine(Folders.Work, "startup.nsh");
        File.WriteAllBytes(initrd, files.Finish());
        File.WriteAllText(script, StartScript);
        File.WriteAllBytes(disk, []);
        using (FileStream stream = File.OpenWrite(disk))
        {
            stream.SetLength(DiskBytes);
        }

        Tool.Run("mkfs.vfat", "-F", "32", disk);
        Tool.Run(
            "mcopy", "-i", disk, Directory.GetFiles(Path.Combine(kernel, "boot"), "vmlinuz-*").Single(), "::vmlinuz");
        Tool.Run("mcopy", "-i", disk, initrd, script, "::");
    }

    private static string Configuration(BenchProcessor processor) =>
        $"""
        config_interface: textconfig
        display_library: rfb, options="timeout=0"
        romimage: file=/usr/share/ovmf/OVMF.fd
        vgaromimage: file=/usr/share/seabios/vgabios-stdvga.bin
        cpu: model={processor.Model}, count=1, ips=100000000, reset_on_triple_fault=0, ignore_bad_msrs=1
        memory: guest=512, host=512
        pci: enabled=1, chipset=i440fx
        vga: extension=vbe
        sound: driver=dummy
        com1: enabled=1, mode=file, dev={Console}
        com2: enabled=1, mode=file, dev=linux.txt
        ata0-master: type=disk, path=peer.img, mode=flat, cylinders=128, heads=16, spt=63
        boot: disk
        clock: sync=none
        log: peer.bochs.log
        panic: action=fatal, RFB=report
        error: action=ignore
        info: action=ignore
        debug: action=ignore
        """ + "\n";
}
