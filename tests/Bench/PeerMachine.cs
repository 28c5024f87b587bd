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
    private const string Mark = "peer: ";
    private const string LastLine = "peer: end";
    private const string PoweredOff = "peer: the guest powered off";

    // Without what Linux does against flaws of processors, and with pages of 4 KiB: as the figures of rows.tsv. Without
    // MWAITX (221), whose own timer Bochs does not have: Linux would wait for it for ever.
    public const string CommandLine =
        "mitigations=off transparent_hugepage=never nokaslr tsc=reliable panic=1 clearcpuid=221 console=ttyS1,115200";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(15);

    // `kernel`: Debian's package of the kernel, unpacked.
    public static Dictionary<string, uint> Run(BenchProcessor processor, string kernel)
    {
        System.Console.Error.WriteLine($"== Linux {Path.GetFileName(Modules(kernel))} with KVM: about two minutes");
        string program = Tool.Compile("Peer", "kvm");
        FileArchive files = WithModules(processor, kernel);
        files.Add("init", File.ReadAllBytes(program));
        files.Add("guest", File.ReadAllBytes(Path.Combine(Folders.Work, BareMachine.Image)));
        string console = new LinuxDisk(processor, "peer")
            .Run(Kernel(kernel), files.Finish(), CommandLine, LastLine, s_patience);
        string last = console.Split('\n').Select(line => line.Trim())
            .LastOrDefault(line => line.StartsWith(Mark) && line != LastLine);
        return last == PoweredOff
            ? Ticks.Parse(console)
            : throw new BenchException(last == null
                ? "Linux with KVM did not come to its program; what it said is in out/bench/peer.linux.txt"
                : $"the guest under KVM did not come to its end; {last}");
    }

    // KVM and what it needs, in the order in which they are loaded.
    public static FileArchive WithModules(BenchProcessor processor, string kernel)
    {
        var files = new FileArchive();
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

        return files;
    }

    public static string Kernel(string kernel) =>
        Directory.GetFiles(Path.Combine(kernel, "boot"), "vmlinuz-*").Single();

    private static string Modules(string kernel) =>
        Directory.GetDirectories(Path.Combine(kernel, "lib/modules")).Single();
}
