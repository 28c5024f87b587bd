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

    public static partial ReadOnlySpan<byte> OfControlWord(uint word) => Find(NameTables.ControlWords, word, "");

    public static partial ReadOnlySpan<byte> OfEnd(uint end) => Find(NameTables.Ends, end, "");

    public static partial ReadOnlySpan<byte> OfException(uint vector) => Find(NameTables.Exceptions, vector, "");

    public static partial ReadOnlySpan<byte> OfFailure(uint part) => Find(NameTables.Failures, part, "");

    public static partial ReadOnlySpan<byte> OfImageKind(uint kind) => Find(NameTables.ImageKinds, kind, "");

    public static partial ReadOnlySpan<byte> OfLoadStatus(uint status) => Find(NameTables.LoadStatuses, status, "");

    public static partial ReadOnlySpan<byte> OfPhysicalKind(uint kind) => Find(NameTables.PhysicalKinds, kind, "");

    public static partial ReadOnlySpan<byte> OfRefusal(uint refusal) => Find(NameTables.Refusals, refusal, "");

    public static partial ReadOnlySpan<byte> OfStage(uint stage) => Find(NameTables.Stages, stage, "");

    private static byte[] Find(IReadOnlyList<(uint Number, string Text)> table, uint number, string unknown) =>
        Encoding.ASCII.GetBytes(table.FirstOrDefault(row => row.Number == number).Text ?? unknown);
}
