// Host tool behind ./build.sh bench: runs the bench guest on this hypervisor and on the bare machine, on a processor of
// Bochs with VT-x or with SVM, prints the table, and writes out/bench.tsv. KVM's column was measured once (rows.tsv),
// unless `--peer kvm` measures it in the same run. `--host-cpus N` is a table of its own (ParallelRun.cs).

using System;
using System.Collections.Generic;
using System.IO;

namespace MinusOne.Tests.Bench;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        try
        {
            // Debian's kernel with its drivers, and the kernel with KVM in it; empty: without.
            (string linux, string kernel) = (arguments[1], arguments[2]);
            var processor = new BenchProcessor(arguments[0]);
            if (arguments.Length > 3)
            {
                return ParallelRun.Print(processor, arguments[3]);
            }

            if (linux.Length > 0)
            {
                LinuxFiles.Make(linux);
            }

            Dictionary<string, uint> bare = BareMachine.Run(processor);
            Dictionary<string, uint> peer = kernel.Length > 0 ? PeerMachine.Run(processor, kernel) : [];
            OwnRun ours = OwnMachine.Run(processor);
            if (linux.Length > 0)
            {
                Add(LinuxMachine.Bare(processor), bare);
                Add(LinuxMachine.Own(processor), ours.Ticks);
                Add(kernel.Length > 0 ? LinuxPeer.Run(processor, kernel, linux) : [], peer);
            }

            return Report.Print(ours, peer, bare, processor);
        }
        catch (BenchException error)
        {
            Console.Error.WriteLine("bench: " + error.Message);
            return 2;
        }
    }

    private static void Add(Dictionary<string, uint> more, Dictionary<string, uint> rows)
    {
        foreach ((string name, uint ticks) in more)
        {
            rows[name] = ticks;
        }
    }
}
