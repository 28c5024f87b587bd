// Host tool of the build:
//   stubs OUT.obj            assembles the stubs
//   gate MANAGED.obj OUT...  refuses what the compiler must not have made (ObjectGate)

using System;
using System.Collections.Generic;
using System.IO;

namespace MinusOne.Efi.Stubs;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["stubs", string output]:
                File.WriteAllBytes(output, AllStubs().ToObject());
                return 0;
            case ["gate", string managed]:
                List<string> complaints = ObjectGate.Inspect(File.ReadAllBytes(managed), AllStubs());
                complaints.ForEach(complaint => Console.Error.WriteLine("gate: " + complaint));
                return complaints.Count == 0 ? 0 : 1;
            default:
                Console.Error.WriteLine("usage: Stubs stubs OUT.obj | Stubs gate MANAGED.obj");
                return 2;
        }
    }

    internal static StubImage AllStubs()
    {
        var stubs = new StubBuilder();
        ProcessorStubs.Emit(stubs);
        VmxStubs.Emit(stubs);
        WorldSwitch.Emit(stubs);
        HostStubs.Emit(stubs);
        return stubs.Assemble();
    }
}
