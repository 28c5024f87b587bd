// Host tool of the build:
//   stubs OUT.obj            assembles the stubs
//   gate MANAGED.obj         refuses what the compiler must not have made (ObjectGate)
//   gate-image IMAGE.efi     refuses an image that firmware could not load, or that is not W^X (ImageGate)
//   names MAP|- OUT.obj      the names that reports print; those of functions from the linker's map, - for none

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
                return Judge(ObjectGate.Inspect(File.ReadAllBytes(managed), AllStubs()));
            case ["gate-image", string image]:
                return Judge(ImageGate.Inspect(File.ReadAllBytes(image)));
            case ["names", "-", string output]:
                File.WriteAllBytes(output, NameArchive.ToObject(SymbolTable.Empty()));
                return 0;
            case ["names", string map, string output]:
                File.WriteAllBytes(output, NameArchive.ToObject(SymbolTable.FromMap(File.ReadLines(map))));
                return 0;
            default:
                Console.Error.WriteLine(
                    "usage: Stubs stubs OUT.obj | gate MANAGED.obj | gate-image IMAGE.efi | names MAP|- OUT.obj");
                return 2;
        }
    }

    private static int Judge(List<string> complaints)
    {
        complaints.ForEach(complaint => Console.Error.WriteLine("gate: " + complaint));
        return complaints.Count == 0 ? 0 : 1;
    }

    internal static StubImage AllStubs()
    {
        var stubs = new StubBuilder();
        ProcessorStubs.Emit(stubs);
        VmxStubs.Emit(stubs);
        InstructionStub.Emit(stubs);
        WorldSwitch.Emit(stubs);
        SvmSwitch.Emit(stubs);
        HostStubs.Emit(stubs);
        return stubs.Assemble();
    }
}
