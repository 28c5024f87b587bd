// The bench guest on the processor itself, without any hypervisor: what its loops cost outside. Old-style firmware in
// the same emulator, because a boot sector is all that the image needs.

using System;
using System.Collections.Generic;
using System.IO;

namespace MinusOne.Tests.Bench;

internal static class BareMachine
{
    public const string Firmware = "/usr/share/seabios/bios.bin";
    public const string Image = "bench.bin";
    private const string Console = "bare.txt";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    public static Dictionary<string, uint> Run(BenchProcessor processor)
    {
        string image = Path.Combine(Folders.Work, Image);
        Tool.Run("dotnet", "out/bin/Guests/Guests.dll", "image", "bench", image);
        File.WriteAllBytes(Path.Combine(Folders.Work, "bare.img"), BootSector.Disk(File.ReadAllBytes(image)));
        return Ticks.Parse(EmulatorRun.Until(Ticks.LastLine, "bare", Configuration(processor), Console, s_patience));
    }

    private static string Configuration(BenchProcessor processor) =>
        $"""
        config_interface: textconfig
        display_library: rfb, options="timeout=0"
        romimage: file={Firmware}
        vgaromimage: file=/usr/share/seabios/vgabios-stdvga.bin
        cpu: model={processor.Model}, count=1, ips=100000000, reset_on_triple_fault=0, ignore_bad_msrs=0
        memory: guest=128, host=128
        sound: driver=dummy
        com1: enabled=1, mode=file, dev={Console}
        ata0-master: type=disk, path=bare.img, mode=flat, cylinders={BootSector.Cylinders}, heads=16, spt=63
        boot: disk
        clock: sync=none
        log: bare.bochs.log
        panic: action=fatal, RFB=report
        error: action=ignore
        info: action=ignore
        debug: action=ignore
        """ + "\n";
}
