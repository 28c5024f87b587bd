// The names behind hv/Report/Names.cs for the unit tests: straight from where the build takes them.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using MinusOne.Efi.Stubs;

namespace MinusOne.Hv.Report;

internal static partial class Names
{
    public static partial ReadOnlySpan<byte> OfField(uint encoding) => Find(NameTables.Fields, encoding);

    public static partial ReadOnlySpan<byte> OfRule(AuditRule rule) => Find(NameTables.Rules, (uint)rule);

    private static byte[] Find(IReadOnlyList<(uint Number, string Text)> table, uint number) =>
        Encoding.ASCII.GetBytes(table.FirstOrDefault(row => row.Number == number).Text ?? "?");
}
