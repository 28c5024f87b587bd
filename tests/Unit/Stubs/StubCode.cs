// The stubs as the build assembles them, and the symbolic machine over them.

extern alias stubs;

using System.Collections.Generic;
using System.Linq;
using stubs::MinusOne.Efi.Stubs;

namespace MinusOne.Tests.Unit.Stubs;

internal static class StubCode
{
    public static StubImage Image { get; } = stubs::MinusOne.Efi.Stubs.Program.AllStubs();

    public static SymbolicMachine Machine { get; } =
        new(Image.Code, offset => Image.References.FirstOrDefault(reference => reference.Offset == offset).Name);

    public static IEnumerable<string> Names => Image.Symbols.Select(symbol => symbol.Name);

    public static uint OffsetOf(string name) => Image.Symbols.Single(symbol => symbol.Name == name).Offset;
}
