// What the assembler made: the code, where each stub starts, which places name another object's symbol, tables of
// addresses in it, and what is only read. ToObject turns it into the object file that is linked beside the compiler's.

using System;
using System.Collections.Generic;

namespace MinusOne.Efi.Stubs;

internal sealed record StubImage(
    byte[] Code,
    List<(string Name, uint Offset)> Symbols,
    List<(string Name, uint Offset)> References,
    List<(string Name, List<uint> Offsets)> Tables,
    List<(string Name, byte[] Content)> Constants)
{
    // Recoverable faults as pairs of addresses, fault and recovery. Read by the host's exception handler.
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

        foreach ((string name, uint offset) in References)
        {
            coff.Relocate(text, offset, name, RelocationKind.Relative32);
        }

        foreach ((string name, List<uint> offsets) in Tables)
        {
            AddTable(coff, name, offsets);
        }

        foreach ((string name, byte[] content) in Constants)
        {
            coff.Define(name, coff.AddSection(".rdata", SectionFlags.ReadOnlyData, content), 0);
        }

        byte[] cookie = BitConverter.GetBytes(CookieValue);
        coff.Define(SecurityCookie, coff.AddSection(".rdata", SectionFlags.ReadOnlyData, cookie), 0);
        return coff.ToArray();
    }

    // Addresses, the last followed by a zero.
    private static void AddTable(CoffObject coff, string name, List<uint> offsets)
    {
        byte[] content = new byte[(offsets.Count + 1) * sizeof(ulong)];
        for (int i = 0; i < offsets.Count; i++)
        {
            BitConverter.TryWriteBytes(content.AsSpan(i * sizeof(ulong)), (ulong)offsets[i]);
        }

        CoffSection section = coff.AddSection(".rdata", SectionFlags.ReadOnlyData, content);
        coff.Define(name, section, 0);
        for (int i = 0; i < offsets.Count; i++)
        {
            coff.Relocate(section, (uint)(i * sizeof(ulong)), Base, RelocationKind.Address64);
        }
    }
}
