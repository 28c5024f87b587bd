// A PC in Bochs that starts a Linux kernel from a disk, by SeaBIOS and SYSLINUX: the bare machine, and the one on which
// KVM is the hypervisor.

using System;
using System.IO;

namespace MinusOne.Tests.Bench;

internal sealed record LinuxDisk(BenchProcessor Processor, string Name)
{
    public uint Megabytes { get; init; } = 512;

    private const int Cylinders = 256;
    private const int DiskBytes = Cylinders * 16 * 63 * 512;

    private string Disk => Path.Combine(Folders.Work, Name + ".img");

    private string Initrd => Path.Combine(Folders.Work, Name + ".initrd");

    private string Script => Path.Combine(Folders.Work, Name + ".cfg");

    // What the first serial port had to say until a line with `last` in it. The kernel's own console is the second one.
    public string Run(string kernel, byte[] initrd, string commandLine, string last, TimeSpan patience)
    {
        File.WriteAllBytes(Initrd, initrd);
        File.WriteAllText(Script, $"default linux\nlabel linux\nkernel vmlinuz\ninitrd initrd\nappend {commandLine}\n");
        File.WriteAllBytes(Disk, []);
        using (FileStream stream = File.OpenWrite(Disk))
        {
            stream.SetLength(DiskBytes);
        }

        Tool.Run("mkfs.vfat", "-F", "32", Disk);
        Tool.Run("mcopy", "-i", Disk, kernel, "::vmlinuz");
        Tool.Run("mcopy", "-i", Disk, Initrd, "::initrd");
        Tool.Run("mcopy", "-i", Disk, Script, "::syslinux.cfg");
        Tool.Run("syslinux", "--install", Disk);
        string console = EmulatorRun.Until(last, Name, Configuration(), Name + ".txt", patience);
        File.Delete(Disk);
        File.Delete(Initrd);
        return console;
    }

    private string Configuration() =>
        $"""
        config_interface: textconfig
        display_library: rfb, options="timeout=0"
        romimage: file={BareMachine.Firmware}
        vgaromimage: file=/usr/share/seabios/vgabios-stdvga.bin
        cpu: model={Processor.Model}, count=1, ips=100000000, reset_on_triple_fault=0, ignore_bad_msrs=1
        memory: guest={Megabytes}, host={Megabytes}
        pci: enabled=1, chipset=i440fx
        vga: extension=vbe
        sound: driver=dummy
        com1: enabled=1, mode=file, dev={Name}.txt
        com2: enabled=1, mode=file, dev={Name}.linux.txt
        ata0-master: type=disk, path={Name}.img, mode=flat, cylinders={Cylinders}, heads=16, spt=63
        boot: disk
        clock: sync=none
        log: {Name}.bochs.log
        panic: action=fatal, RFB=report
        error: action=ignore
        info: action=ignore
        debug: action=ignore
        """ + "\n";
}
