// System.ReadOnlySpan<T>, for one kind of element.

extern alias ours;

using System;

namespace MinusOne.Tests.Unit.CoreLib;

internal static unsafe class ReadOnlySpanCases<T>
    where T : unmanaged
{
    private const string Type = "System.ReadOnlySpan`1.";

    public static Case[] All =>
    [
        new(Type + ".ctor(Void*, Int32)", r => Compare(
            r,
            (data, length, _) => Text(new ours::System.ReadOnlySpan<T>(data.OursPointer, length)),
            (data, length, _) => Text(new ReadOnlySpan<T>(data.TheirsPointer, length)))),
        new(Type + ".ctor(ref T0)", r => Compare(
            r,
            (data, _, _) => Text(new ours::System.ReadOnlySpan<T>(in *data.OursPointer)),
            (data, _, _) => Text(new ReadOnlySpan<T>(in *data.TheirsPointer)))),
        new(Type + ".ctor(T0[])", r => Compare(
            r,
            (data, a, _) => Text(new ours::System.ReadOnlySpan<T>(Array(data, a))),
            (data, a, _) => Text(new ReadOnlySpan<T>(Array(data, a))))),
        new(Type + ".ctor(T0[], Int32, Int32)", r => Compare(
            r,
            (data, a, b) => Text(new ours::System.ReadOnlySpan<T>(Array(data, b), a, b)),
            (data, a, b) => Text(new ReadOnlySpan<T>(Array(data, b), a, b)))),
        new(Type + "op_Implicit(T0[])", r => Compare(
            r,
            (data, a, _) => Text((ours::System.ReadOnlySpan<T>)Array(data, a)),
            (data, a, _) => Text((ReadOnlySpan<T>)Array(data, a)))),
        .. Reading,
        .. Enumerating,
    ];

    private static Case[] Reading =>
    [
        new(Type + "get_Empty()",
            r => Compare(
                r, (_, _, _) => ours::System.ReadOnlySpan<T>.Empty.Length, (_, _, _) => ReadOnlySpan<T>.Empty.Length)),
        new(Type + "get_Length()", r => Compare(
            r, (data, _, _) => data.OursReadOnly.Length, (data, _, _) => data.TheirsReadOnly.Length)),
        new(Type + "get_IsEmpty()",
            r => Compare(r, (data, _, _) => data.OursReadOnly.IsEmpty, (data, _, _) => data.TheirsReadOnly.IsEmpty)),
        new(Type + "get_Item(Int32)", r => Compare(
            r, (data, a, _) => data.OursReadOnly[a], (data, a, _) => data.TheirsReadOnly[a])),
        new(Type + "Slice(Int32)", r => Compare(
            r, (data, a, _) => Text(data.OursReadOnly.Slice(a)), (data, a, _) => Text(data.TheirsReadOnly.Slice(a)))),
        new(Type + "Slice(Int32, Int32)", r => Compare(
            r,
            (data, a, b) => Text(data.OursReadOnly.Slice(a, b)),
            (data, a, b) => Text(data.TheirsReadOnly.Slice(a, b)))),
        new(Type + "TryCopyTo(System.Span`1<T0>)", r => Compare(
            r,
            (data, a, b) => data.OursReadOnly.Slice(a).TryCopyTo(data.Ours.Slice(b)),
            (data, a, b) => data.TheirsReadOnly.Slice(a).TryCopyTo(data.Theirs.Slice(b)))),
        new(Type + "CopyTo(System.Span`1<T0>)", r => Compare(
            r,
            (data, a, b) =>
            {
                data.OursReadOnly.Slice(a).CopyTo(data.Ours.Slice(b));
                return "copied";
            },
            (data, a, b) =>
            {
                data.TheirsReadOnly.Slice(a).CopyTo(data.Theirs.Slice(b));
                return "copied";
            })),
    ];

    private static Case[] Enumerating =>
    [
        new(Type + "GetPinnableReference()", r => Compare(
            r,
            (data, _, _) =>
            {
                fixed (T* pointer = data.OursReadOnly)
                {
                    return pointer == null ? -1 : pointer - data.OursPointer;
                }
            },
            (data, _, _) =>
            {
                fixed (T* pointer = data.TheirsReadOnly)
                {
                    return pointer == null ? -1 : pointer - data.TheirsPointer;
                }
            })),
        new(Type + "GetEnumerator()", Enumerate),
        new(Type + "Enumerator.get_Current()", Enumerate),
        new(Type + "Enumerator.MoveNext()", Enumerate),
    ];

    private static void Enumerate(Random random) => Compare(
        random,
        (data, _, _) =>
        {
            string text = "";
            foreach (ref readonly T element in data.OursReadOnly)
            {
                text += element + " ";
            }

            return text;
        },
        (data, _, _) => Text(data.TheirsReadOnly));

    private static T[] Array(SpanData<T> data, int most) =>
        most < 0 ? null : data.Theirs[..Math.Min(most, data.Length)].ToArray();

    private static string Text(ours::System.ReadOnlySpan<T> span) => SpanData<T>.Text(span);

    private static string Text(ReadOnlySpan<T> span) => SpanData<T>.Text(span);

    private static void Compare<TResult>(
        Random random, Func<SpanData<T>, int, int, TResult> ours, Func<SpanData<T>, int, int, TResult> theirs) =>
        SpanData<T>.ForEach(random, data =>
        {
            for (int i = 0; i < 10; i++)
            {
                (int a, int b) = (data.Index(), data.Index());
                Same.Check(
                    $"{typeof(T).Name} x {data.Length}: {a}, {b}", () => ours(data, a, b), () => theirs(data, a, b));
            }
        });
}
