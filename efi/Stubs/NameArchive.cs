// The names that reports print, in one object: functions of the image (SymbolTable), then those of NameTables. The
// offsets of the tables come first; all tables but the first are numbers of two bytes, each with its text and a zero
// behind it, up to an empty text. efi/Host/NameArchive.cs reads them.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace MinusOne.Efi.Stubs;

internal static class NameArchive
{
    public const string Name = "NameArchive";

    public static byte[] ToObject(byte[] symbols)
    {
        var coff = new CoffObject();
        coff.Define(Name, coff.AddSection(".rdata", SectionFlags.ReadOnlyData, Plain(symbols)), 0);
        return coff.ToArray();
    }

    public static byte[] Plain(byte[] symbols)
    {
        byte[][] tables =
        [
            symbols, Table(NameTables.Fields), Table(NameTables.Rules), Table(NameTables.Exits),
            Table(NameTables.Controls), Table(NameTables.ControlWords), Table(NameTables.Ends),
            Table(NameTables.ImageKinds), Table(NameTables.LoadStatuses), Table(NameTables.PhysicalKinds),
            Table(NameTables.Refusals), Table(NameTables.Stages), Table(NameTables.Exceptions),
            Table(NameTables.Failures),
        ];
        int start = tables.Length * sizeof(int);
        return
        [
            .. tables.SelectMany((_, i) => BitConverter.GetBytes(start + tables.Take(i).Sum(table => table.Length))),
            .. tables.SelectMany(table => table),
        ];
    }

    private static byte[] Table(IEnumerable<(uint Number, string Text)> names)
    {
        var table = new List<byte>();
        foreach ((uint number, string text) in names.Append((0u, "")))
        {
            table.AddRange([.. BitConverter.GetBytes(checked((ushort)number)), .. Encoding.ASCII.GetBytes(text), 0]);
        }

        return [.. table];
    }
}
