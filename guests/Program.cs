// Host tool of the build:
//   emit OUT.obj OUT.tsv     writes the built-in guests as an object file, and a list of them for the runner
//   image GUEST OUT.bin      writes the bytes of a guest's first scene, for another hypervisor

using System;
using System.IO;
using MinusOne.Guests.Emit;

namespace MinusOne.Guests;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["emit", string objectFile, string table]:
                File.WriteAllBytes(objectFile, PackedCatalogue.Make(Catalogue.All));
                File.WriteAllText(table, CatalogueTable.Make(Catalogue.All));
                return 0;
            case ["image", string name, string file] when Array
                .Find(Catalogue.All, guest => guest.Name == name) is { } found:
                File.WriteAllBytes(file, found.Scenes[0].Image.Bytes);
                return 0;
            default:
                Console.Error.WriteLine("usage: Guests emit OUT.obj OUT.tsv | image GUEST OUT.bin");
                return 2;
        }
    }
}
