// Host tool of the build:
//   emit OUT.obj OUT.tsv KERNEL.bin
//                            writes the built-in guests as an object file, and a list of them for the runner
//   image GUEST OUT.bin      writes the bytes of a guest's first configuration, for another hypervisor
//   kernel-... DIR           the steps that make the guest kernel (Kernel/Stubs/KernelBuild.cs)

using System;
using System.IO;
using MinusOne.Guests.Emit;
using MinusOne.Guests.Kernel.Stubs;

namespace MinusOne.Guests;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["emit", string objectFile, string table, string kernelFile]:
                Guest kernel = Catalogue.Kernel(File.ReadAllBytes(kernelFile));
                File.WriteAllBytes(objectFile, CatalogueObject.Make([.. Catalogue.All, kernel]));
                File.WriteAllText(table, CatalogueTable.Make(Catalogue.All));
                return 0;
            case ["image", string name, string file] when Array
                .Find(Catalogue.All, guest => guest.Name == name) is { } found:
                File.WriteAllBytes(file, found.Configs[0].Image.Bytes);
                return 0;
            case ["kernel-prepare", string folder]:
                return KernelBuild.TryPrepare(folder) ? 0 : 1;
            case ["kernel-programs", string folder]:
                KernelBuild.WritePrograms(folder);
                return 0;
            case ["kernel-image", string folder]:
                KernelBuild.WriteKernel(folder);
                return 0;
            default:
                Console.Error.WriteLine(
                    "usage: Guests emit OUT.obj OUT.tsv KERNEL.bin | image GUEST OUT.bin | "
                    + "kernel-prepare DIR | kernel-programs DIR | kernel-image DIR");
                return 2;
        }
    }
}
