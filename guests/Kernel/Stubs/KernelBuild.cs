// The kernel's part in the host tool of the build, in the order in which build.sh asks for it:
//   kernel-prepare DIR       checks zero.obj and programs.obj, writes the stubs of both
//   kernel-programs DIR      the linked programs, programs.exe, as programs-image.obj, which the kernel carries
//   kernel-image DIR         the linked kernel, zero.exe, as kernel.bin, and its names for a debugger, kernel.elf

using System;
using System.Collections.Generic;
using System.IO;
using MinusOne.Efi.Stubs;

namespace MinusOne.Guests.Kernel.Stubs;

internal static class KernelBuild
{
    public static bool TryPrepare(string folder) =>
        TryPrepare(folder, "zero", KernelStubs.Assemble(), onlyMoves: true)
        & TryPrepare(folder, "programs", ProgramStubs.Assemble(), onlyMoves: false);

    public static void WritePrograms(string folder)
    {
        FlatImage image = FlatImage.Read(File.ReadAllBytes(Path.Combine(folder, "programs.exe")));
        var coff = new CoffObject();
        CoffSection section = coff.AddSection(".rdata", SectionFlags.PageAlignedData, image.ToArray(image.End, []));
        coff.Define(KernelStubs.ImageSymbol, section, 0);
        File.WriteAllBytes(Path.Combine(folder, "programs-image.obj"), coff.ToArray());
    }

    public static void WriteKernel(string folder)
    {
        FlatImage image = FlatImage.Read(File.ReadAllBytes(Path.Combine(folder, "zero.exe")));
        byte[] file = image.ToArray(BootPage.MemoryEnd(image), BootPage.Make(image));
        File.WriteAllBytes(Path.Combine(folder, "kernel.bin"), file);
        string map = File.ReadAllText(Path.Combine(folder, "zero.map"));
        File.WriteAllBytes(Path.Combine(folder, "kernel.elf"), SymbolFile.Make(map, image.Base, image.End));
    }

    private static bool TryPrepare(string folder, string name, StubImage stubs, bool onlyMoves)
    {
        byte[] managed = File.ReadAllBytes(Path.Combine(folder, name + ".obj"));
        List<string> complaints = ObjectGate.Inspect(managed, stubs, onlyMoves);
        complaints.ForEach(complaint => Console.Error.WriteLine($"gate: {name}: {complaint}"));
        File.WriteAllBytes(Path.Combine(folder, name + "-stubs.obj"), stubs.ToObject());
        return complaints.Count == 0;
    }
}
