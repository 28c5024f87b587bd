// What the assembler made: the code, where each stub starts, which calls want a C# function, and which faults are recovered.
// ToObject turns it into the object file that is linked beside the compiler's.

using System;
using System.Collections.Generic;
using System.IO;

namespace MinusOne.Efi.Stubs;

internal sealed record StubImage(
    byte[] Code,
    List<(string Name, uint Offset)> Symbols,
    List<(string Name, uint Offset)> ManagedCalls,
    List<(uint Fault, uint Recovery)> Recoveries)
{
    // The table of recoverable faults: a count, then pairs of addresses. Read by the host's exception handler.
    public const string RecoveryTable = "RecoveryTable";

    // What functions with a stackalloc keep beside their buffer and compare before they return: an overrun changes it.
    public const string SecurityCookie = "__security_cookie";

    private const ulong CookieValue = 0x2B99_2DDF_A232_0A0D; // ends in CR, LF: no text runs over it unseen

    private const string Base = "StubsBase";

    public byte[] ToObject()
    {
        var coff = new CoffObject();
        CoffSection text = coff.AddSection(".text", SectionFlags.Code, Code);
        coff.Define(Base, text, 0);
        foreach ((string name, uint offset) in Symbols)
        {
            coff.Define(name, text, offset);
        }

        foreach ((string name, uint offset) in ManagedCalls)
        {
            coff.Relocate(text, offset, name, RelocationKind.Relative32);
        }

        var table = new MemoryStream();
        var writer = new BinaryWriter(table);
        writer.Write((ulong)Recoveries.Count);
        foreach ((uint fault, uint recovery) in Recoveries)
        {
            writer.Write((ulong)fault);
            writer.Write((ulong)recovery);
        }

        CoffSection data = coff.AddSection(".rdata", SectionFlags.ReadOnlyData, table.ToArray());
        coff.Define(RecoveryTable, data, 0);
        for (uint i = 0; i < Recoveries.Count * 2; i++)
        {
            coff.Relocate(data, 8 + (8 * i), Base, RelocationKind.Address64);
        }

        coff.Define(SecurityCookie, coff.AddSection(".rdata", SectionFlags.ReadOnlyData, BitConverter.GetBytes(CookieValue)), 0);
        return coff.ToArray();
    }
}
