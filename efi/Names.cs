// The image's side of the names for reports: tables of numbers and texts out of the archive.

using System;
using MinusOne.Efi.Host;

namespace MinusOne.Hv.Seam;

internal static unsafe partial class Names
{
    private const int Fields = 1;
    private const int Rules = 2;
    private const int Exits = 3;
    private const int Controls = 4;
    private const int ControlWords = 5;
    private const int Ends = 6;
    private const int ImageKinds = 7;
    private const int LoadStatuses = 8;
    private const int PhysicalKinds = 9;
    private const int Refusals = 10;
    private const int Stages = 11;
    private const int Exceptions = 12;
    private const int Failures = 13;

    public static partial ReadOnlySpan<byte> OfField(uint encoding) => Find(Fields, encoding, "?"u8);

    public static partial ReadOnlySpan<byte> OfRule(uint rule) => Find(Rules, rule, "?"u8);

    public static partial ReadOnlySpan<byte> OfExit(uint reason) => Find(Exits, reason, "unknown"u8);

    public static partial ReadOnlySpan<byte> OfControl(uint word, int bit) =>
        Find(Controls, (word << 6) | (uint)bit, default);

    public static partial ReadOnlySpan<byte> OfControlWord(uint word) => Find(ControlWords, word, default);

    public static partial ReadOnlySpan<byte> OfEnd(uint end) => Find(Ends, end, default);

    public static partial ReadOnlySpan<byte> OfException(uint vector) => Find(Exceptions, vector, default);

    public static partial ReadOnlySpan<byte> OfFailure(uint part) => Find(Failures, part, default);

    public static partial ReadOnlySpan<byte> OfImageKind(uint kind) => Find(ImageKinds, kind, default);

    public static partial ReadOnlySpan<byte> OfLoadStatus(uint status) => Find(LoadStatuses, status, default);

    public static partial ReadOnlySpan<byte> OfPhysicalKind(uint kind) => Find(PhysicalKinds, kind, default);

    public static partial ReadOnlySpan<byte> OfRefusal(uint refusal) => Find(Refusals, refusal, default);

    public static partial ReadOnlySpan<byte> OfStage(uint stage) => Find(Stages, stage, default);

    private static ReadOnlySpan<byte> Find(int table, uint number, ReadOnlySpan<byte> unknown)
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

        return unknown;
    }
}
