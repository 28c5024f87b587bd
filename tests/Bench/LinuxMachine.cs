// Linux on the bare machine and on this hypervisor, in the same Bochs.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace MinusOne.Tests.Bench;

internal static class LinuxMachine
{
    private const string Exits = "linux-exits";

    // In the network that the hypervisor makes.
    private const string Address = "10.77.0.11", Server = "10.77.0.1";

    // Linux waits for the timer's first interrupts, for which Bochs' old firmware names the wrong line, and believes
    // what Bochs' processors say of their clock: both would be time in which nothing is done.
    private const string OnBochs = " no_timer_check tsc_early_khz=100000 clearcpuid=221";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

    public static Dictionary<string, uint> Bare(BenchProcessor processor)
    {
        Console.Error.WriteLine("== Linux on the bare machine: about a minute");
        var machine = new LinuxDisk(processor, "bare-linux") { Megabytes = LinuxFiles.Megabytes };
        string line = LinuxFiles.CommandLine(LinuxFiles.Start) + OnBochs;
        byte[] initrd = File.ReadAllBytes(LinuxFiles.Initrd);
        return Ticks.Parse(machine.Run(LinuxFiles.Kernel, initrd, line, Ticks.LastLine, s_patience));
    }

    // The first run ends at the first program, so that its exits are those of the way there.
    public static Dictionary<string, uint> Own(BenchProcessor processor)
    {
        Console.Error.WriteLine("== Linux on this hypervisor: about two minutes");
        string run = $"run --kernel {LinuxFiles.Kernel} --initrd {LinuxFiles.Initrd} --memory {LinuxFiles.Megabytes}M "
            + $"--machine bochs --timeout 400{(processor.IsSvm ? " --cpu " + processor.Model : "")}";
        string start = LinuxFiles.CommandLine(LinuxFiles.Start);
        (string console, string log) = OwnMachine.Start($"{run} --cmdline \"{start}\"");
        Dictionary<string, uint> ticks = Ticks.Parse(console);
        ticks[Exits] = OwnRun.Figures(log, "exits").Single();
        string devices = LinuxFiles.CommandLine(LinuxFiles.Devices, Address, Server);
        (console, _) = OwnMachine.Start(
            $"{run} --vcpus 2 --disk {LinuxFiles.Disk}:mem --set net=lan0 --cmdline \"{devices}\"");
        return ticks.Concat(Ticks.Parse(console)).ToDictionary();
    }
}
