// System.MemoryExtensions, MemoryMarshal and BinaryPrimitives.

extern alias ours;

using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using OurBinary = ours::System.Buffers.Binary.BinaryPrimitives;
using OurExtensions = ours::System.MemoryExtensions;
using OurMarshal = ours::System.Runtime.InteropServices.MemoryMarshal;

namespace MinusOne.Tests.Unit.CoreLib;

internal static unsafe class MemoryCases
{
    private const string Marshal = "System.Runtime.InteropServices.MemoryMarshal.";
    private const string Binary = "System.Buffers.Binary.BinaryPrimitives.";

    public static Case[] All =>
    [
        new("System.MemoryExtensions.AsSpan(String)", AsSpan),
        .. Views,
        .. Numbers,
    ];

    private static Case[] Views =>
    [
        new(Marshal + "GetArrayDataReference(M0[])", r => Bytes(
            r,
            (data, _) => OurMarshal.GetArrayDataReference(Copy(data)),
            (data, _) => MemoryMarshal.GetArrayDataReference(Copy(data)))),
        new(Marshal + "GetReference(System.Span`1<M0>)", r => Bytes(
            r, (data, _) => OurMarshal.GetReference(data.Ours), (data, _) => MemoryMarshal.GetReference(data.Theirs))),
        new(Marshal + "GetReference(System.ReadOnlySpan`1<M0>)", r => Bytes(
            r,
            (data, _) => OurMarshal.GetReference(data.OursReadOnly),
            (data, _) => MemoryMarshal.GetReference(data.TheirsReadOnly))),
        new(Marshal + "CreateReadOnlySpan(ref M0, Int32)", r => Bytes(
            r,
            (data, _) => SpanData<byte>.Text(OurMarshal.CreateReadOnlySpan(in *data.OursPointer, data.Length)),
            (data, _) => SpanData<byte>.Text(MemoryMarshal.CreateReadOnlySpan(in *data.TheirsPointer, data.Length)))),
        new(Marshal + "CreateSpan(ref M0, Int32)", r => Bytes(
            r,
            (data, _) => SpanData<byte>.Text(OurMarshal.CreateSpan(ref *data.OursPointer, data.Length)),
            (data, _) => SpanData<byte>.Text(MemoryMarshal.CreateSpan(ref *data.TheirsPointer, data.Length)))),
        new(Marshal + "AsBytes(System.ReadOnlySpan`1<M0>)", r => Triples(
            r,
            data => SpanData<byte>.Text(OurMarshal.AsBytes(data.OursReadOnly)),
            data => SpanData<byte>.Text(MemoryMarshal.AsBytes(data.TheirsReadOnly)))),
        new(Marshal + "AsBytes(System.Span`1<M0>)", r => Triples(
            r,
            data => SpanData<byte>.Text(OurMarshal.AsBytes(data.Ours)),
            data => SpanData<byte>.Text(MemoryMarshal.AsBytes(data.Theirs)))),
        new(Marshal + "Cast(System.ReadOnlySpan`1<M0>)", r => Triples(
            r,
            data => SpanData<ulong>.Text(OurMarshal.Cast<Triple, ulong>(data.OursReadOnly)),
            data => SpanData<ulong>.Text(MemoryMarshal.Cast<Triple, ulong>(data.TheirsReadOnly)))),
        new(Marshal + "Cast(System.Span`1<M0>)", r => Triples(
            r,
            data => SpanData<ulong>.Text(OurMarshal.Cast<Triple, ulong>(data.Ours)),
            data => SpanData<ulong>.Text(MemoryMarshal.Cast<Triple, ulong>(data.Theirs)))),
        new(Marshal + "Cast(System.Span`1<M0>)", _ => Same.Check(
            "too long",
            () => OurMarshal.Cast<Triple, byte>(new ours::System.Span<Triple>((void*)0, int.MaxValue)).Length,
            () => MemoryMarshal.Cast<Triple, byte>(new Span<Triple>((void*)0, int.MaxValue)).Length)),
    ];

    private static Case[] Numbers =>
    [
        new(Marshal + "Read(System.ReadOnlySpan`1<Byte>)", r => Bytes(
            r,
            (data, a) => OurMarshal.Read<Triple>(data.OursReadOnly.Slice(a)),
            (data, a) => MemoryMarshal.Read<Triple>(data.Theirs[a..]))),
        new(Marshal + "Write(System.Span`1<Byte>, ref M0)", r => Bytes(
            r,
            (data, a) => Done(() => OurMarshal.Write(data.Ours.Slice(a), new Triple(a, 2, 3))),
            (data, a) => Done(() => MemoryMarshal.Write(data.Theirs[a..], new Triple(a, 2, 3))))),
        new(Marshal + "AsRef(System.Span`1<Byte>)", r => Bytes(
            r,
            (data, a) => OurMarshal.AsRef<Triple>(data.Ours.Slice(a)) = default,
            (data, a) => MemoryMarshal.AsRef<Triple>(data.Theirs[a..]) = default)),
        new(Marshal + "AsRef(System.ReadOnlySpan`1<Byte>)", r => Bytes(
            r,
            (data, a) => OurMarshal.AsRef<Triple>(data.OursReadOnly.Slice(a)),
            (data, a) => MemoryMarshal.AsRef<Triple>(data.TheirsReadOnly[a..]))),
        new(Binary + "ReadUInt16LittleEndian(System.ReadOnlySpan`1<Byte>)", r => Bytes(
            r,
            (data, a) => OurBinary.ReadUInt16LittleEndian(data.OursReadOnly.Slice(a)),
            (data, a) => BinaryPrimitives.ReadUInt16LittleEndian(data.Theirs[a..]))),
        new(Binary + "ReadUInt32LittleEndian(System.ReadOnlySpan`1<Byte>)", r => Bytes(
            r,
            (data, a) => OurBinary.ReadUInt32LittleEndian(data.OursReadOnly.Slice(a)),
            (data, a) => BinaryPrimitives.ReadUInt32LittleEndian(data.Theirs[a..]))),
        new(Binary + "ReadUInt64LittleEndian(System.ReadOnlySpan`1<Byte>)", r => Bytes(
            r,
            (data, a) => OurBinary.ReadUInt64LittleEndian(data.OursReadOnly.Slice(a)),
            (data, a) => BinaryPrimitives.ReadUInt64LittleEndian(data.Theirs[a..]))),
        new(Binary + "WriteUInt16LittleEndian(System.Span`1<Byte>, UInt16)", r => Bytes(
            r,
            (data, a) => Done(() => OurBinary.WriteUInt16LittleEndian(data.Ours.Slice(a), 0x1234)),
            (data, a) => Done(() => BinaryPrimitives.WriteUInt16LittleEndian(data.Theirs[a..], 0x1234)))),
        new(Binary + "WriteUInt32LittleEndian(System.Span`1<Byte>, UInt32)", r => Bytes(
            r,
            (data, a) => Done(() => OurBinary.WriteUInt32LittleEndian(data.Ours.Slice(a), 0x1234_5678)),
            (data, a) => Done(() => BinaryPrimitives.WriteUInt32LittleEndian(data.Theirs[a..], 0x1234_5678)))),
        new(Binary + "WriteUInt64LittleEndian(System.Span`1<Byte>, UInt64)", r => Bytes(
            r,
            (data, a) => Done(() => OurBinary.WriteUInt64LittleEndian(data.Ours.Slice(a), 0x1234_5678_9ABC_DEF0)),
            (data, a) => Done(() =>
                BinaryPrimitives.WriteUInt64LittleEndian(data.Theirs[a..], 0x1234_5678_9ABC_DEF0)))),
    ];

    private static void AsSpan(Random random)
    {
        foreach (string text in (string[])[null, "", "x", "\u00E4 \uFFFF \0 end"])
        {
            Same.Check(
                text,
                () => SpanData<char>.Text(OurExtensions.AsSpan(text)),
                () => SpanData<char>.Text(MemoryExtensions.AsSpan(text)));
        }
    }

    private static byte[] Copy(SpanData<byte> data) => [1, .. data.Theirs];

    private static string Done(Action action)
    {
        action();
        return "done";
    }

    private static void Bytes<TResult>(
        Random random, Func<SpanData<byte>, int, TResult> ours, Func<SpanData<byte>, int, TResult> theirs) =>
        SpanData<byte>.ForEach(random, data =>
        {
            for (int start = 0; start <= data.Length; start++)
            {
                int a = start;
                Same.Check($"{data.Length} bytes from {a}", () => ours(data, a), () => theirs(data, a));
            }
        });

    private static void Triples<TResult>(
        Random random, Func<SpanData<Triple>, TResult> ours, Func<SpanData<Triple>, TResult> theirs) =>
        SpanData<Triple>.ForEach(random, data => Same.Check(
            $"{data.Length} triples", () => ours(data), () => theirs(data)));
}
