// The names behind hv/Seam/Names.cs for the unit tests: straight from where the build takes them.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using MinusOne.Efi.Stubs;

namespace MinusOne.Hv.Seam;

internal static partial class Names
{
    public static partial ReadOnlySpan<byte> OfField(uint encoding) => Find(NameTables.Fields, encoding, "?");

    public static partial ReadOnlySpan<byte> OfRule(uint rule) => Find(NameTables.Rules, rule, "?");

    public static partial ReadOnlySpan<byte> OfExit(uint reason) => Find(NameTables.Exits, reason, "unknown");

    public static partial ReadOnlySpan<byte> OfControl(uint word, int bit) =>
        Find(NameTables.Controls, (word << 6) | (uint)bit, "");

    private static byte[] Find(IReadOnlyList<(uint Number, string Text)> table, uint number, string unknown) =>
        Encoding.ASCII.GetBytes(table.FirstOrDefault(row => row.Number == number).Text ?? unknown);
}
