// Host tool behind ./build.sh bench: runs the bench guest on this hypervisor and on the bare machine,
// prints the table, and writes out/bench.tsv. KVM's column was measured once (rows.tsv), unless `--peer kvm` measures
// it in the same run.

using System;
using System.Collections.Generic;
using System.IO;

namespace MinusOne.Tests.Bench;

internal static class Program
{
    private const string Usage = "usage: ./build.sh bench [--peer kvm]";

    private static int Main(string[] arguments)
    {
        try
        {
            switch (arguments)
            {
                case ["--peer", "kvm", string kernel]:
                    Dictionary<string, uint> bare = BareMachine.Run();
                    return Report.Print(OwnMachine.Run(), PeerMachine.Run(kernel), bare);
                case []:
                    return Report.Print(OwnMachine.Run(), [], BareMachine.Run());
                default: throw new BenchException(Usage);
            }
        }
        catch (BenchException error)
        {
            Console.Error.WriteLine("bench: " + error.Message);
            return 2;
        }
    }
}
