// The bench guest on the processor itself, without any hypervisor: what its loops cost outside. Old-style firmware in
// the same emulator, because a boot sector is all that the image needs.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using MinusOne.Ovmf.Runner.Machines;

namespace MinusOne.Tests.Bench;

internal static class BareMachine
{
    private const string Firmware = "/usr/share/seabios/bios.bin";
    private const string Image = "bench.bin";
    private const string Console = "bare.txt";
    private const string Lock = "bare.img.lock";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    public static Dictionary<string, uint> Run()
    {
        string folder = Folders.Work;
        Tool("dotnet", "out/bin/Guests/Guests.dll image bench " + Path.Combine(folder, Image));
        File.WriteAllBytes(
            Path.Combine(folder, "bare.img"), BootSector.Disk(File.ReadAllBytes(Path.Combine(folder, Image))));
        File.WriteAllText(Path.Combine(folder, "bare.rc"), "c\n");
        File.WriteAllText(Path.Combine(folder, "bare.bochsrc"), Configuration());
        File.Delete(Path.Combine(folder, Console));
        File.Delete(Path.Combine(folder, Lock));
        using EmulatorProcess bochs = EmulatorProcess.Start(
            "bochs-bin", ["-q", "-f", "bare.bochsrc", "-rc", "bare.rc"], folder, Path.Combine(folder, "bare.log"));
        string text = Wait(bochs, Path.Combine(folder, Console));
        return Ticks.Parse(text);
    }

    // The machine cannot power itself off: we watch what it prints.
    private static string Wait(EmulatorProcess bochs, string console)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            string text = File.Exists(console) ? File.ReadAllText(console) : "";
            if (text.Contains(Ticks.LastLine) || bochs.Exited.IsCompleted || clock.Elapsed > s_patience)
            {
                bochs.Kill();
                return text;
            }

            Thread.Sleep(200);
        }
    }

    private static string Configuration() =>
        $"""
        config_interface: textconfig
        display_library: rfb, options="timeout=0"
        romimage: file={Firmware}
        vgaromimage: file=/usr/share/seabios/vgabios-stdvga.bin
        cpu: model=corei7_skylake_x, count=1, ips=100000000, reset_on_triple_fault=0, ignore_bad_msrs=0
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

    private static void Tool(string program, string arguments)
    {
        using Process process =
            Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = Folders.Repository });
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new BenchException($"'{program} {arguments}' failed");
        }
    }
}
