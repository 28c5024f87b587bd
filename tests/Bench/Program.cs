// Host tool behind ./build.sh bench: runs the bench guest on this hypervisor and on the bare machine, on a processor of
// Bochs with VT-x or with SVM, prints the table, and writes out/bench.tsv. KVM's column was measured once (rows.tsv),
// unless `--peer kvm` measures it in the same run.

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
            // The kernel for the peer, if there is one.
            var processor = new BenchProcessor(arguments[0]);
            Dictionary<string, uint> bare = BareMachine.Run(processor);
            Dictionary<string, uint> peer = arguments.Length > 1 ? PeerMachine.Run(processor, arguments[1]) : [];
            return Report.Print(OwnMachine.Run(processor), peer, bare, processor);
        }
        catch (BenchException error)
        {
            Console.Error.WriteLine("bench: " + error.Message);
            return 2;
        }
    }
}
