// The image's side of the names for reports: tables of numbers and texts out of the archive.

using System;
using MinusOne.Efi.Host;

namespace MinusOne.Hv.Report;

internal static unsafe partial class Names
{
    private const int Fields = 1;
    private const int Rules = 2;

    public static partial ReadOnlySpan<byte> OfField(uint encoding) => Find(Fields, encoding);

    public static partial ReadOnlySpan<byte> OfRule(AuditRule rule) => Find(Rules, (uint)rule);

    private static ReadOnlySpan<byte> Find(int table, uint number)
    {
        for (byte* at = NameArchive.Table(table); at[2] != 0;)
        {
            ReadOnlySpan<byte> text = NameArchive.TextAt(at + 2);
            if (*(ushort*)at == number)
            {
                return text;
            }

            at += 2 + text.Length + 1;
        }

        return "?"u8;
    }
}
