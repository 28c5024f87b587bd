// Host tool of the build:
//   emit OUT.obj OUT.tsv     writes the built-in guests as an object file, and a list of them for the runner

using System;
using System.IO;
using MinusOne.Guests.Emit;

namespace MinusOne.Guests;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments is not ["emit", string objectFile, string table])
        {
            Console.Error.WriteLine("usage: Guests emit OUT.obj OUT.tsv");
            return 2;
        }

        File.WriteAllBytes(objectFile, PackedCatalogue.Make(Catalogue.All));
        File.WriteAllText(table, CatalogueTable.Make(Catalogue.All));
        return 0;
    }
}
