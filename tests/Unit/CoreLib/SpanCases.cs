// System.Span<T>, for one kind of element.

extern alias ours;

using System;

namespace MinusOne.Tests.Unit.CoreLib;

internal static unsafe class SpanCases<T>
    where T : unmanaged
{
    private const string Type = "System.Span`1.";

    public static Case[] All =>
    [
        new(Type + ".ctor(Void*, Int32)", r => Compare(
            r,
            (data, length) => SpanData<T>.Text(new ours::System.Span<T>(data.OursPointer, length)),
            (data, length) => SpanData<T>.Text(new Span<T>(data.TheirsPointer, length)))),
        new(Type + ".ctor(ref T0)", r => Compare(
            r,
            (data, _) => SpanData<T>.Text(new ours::System.Span<T>(ref *data.OursPointer)),
            (data, _) => SpanData<T>.Text(new Span<T>(ref *data.TheirsPointer)))),
        new(Type + "get_Empty()", r => Compare(
            r, (_, _) => ours::System.Span<T>.Empty.Length, (_, _) => Span<T>.Empty.Length)),
        new(Type + "get_Length()", r => Compare(r, (data, _) => data.Ours.Length, (data, _) => data.Theirs.Length)),
        new(Type + "get_IsEmpty()", r => Compare(r, (data, _) => data.Ours.IsEmpty, (data, _) => data.Theirs.IsEmpty)),
        new(Type + "get_Item(Int32)", r => Compare(
            r, (data, index) => data.Ours[index], (data, index) => data.Theirs[index])),
        new(Type + "get_Item(Int32)", r => Compare(
            r, (data, index) => data.Ours[index] = default, (data, index) => data.Theirs[index] = default)),
        new(Type + "op_Implicit(System.Span`1<T0>)", r => Compare(
            r,
            (data, _) => SpanData<T>.Text((ours::System.ReadOnlySpan<T>)data.Ours),
            (data, _) => SpanData<T>.Text((ReadOnlySpan<T>)data.Theirs))),
        new(Type + "Slice(Int32)", r => Compare(
            r,
            (data, start) => SpanData<T>.Text(data.Ours.Slice(start)),
            (data, start) => SpanData<T>.Text(data.Theirs.Slice(start)))),
        new(Type + "Slice(Int32, Int32)", r => CompareTwo(
            r,
            (data, start, length) => SpanData<T>.Text(data.Ours.Slice(start, length)),
            (data, start, length) => SpanData<T>.Text(data.Theirs.Slice(start, length)))),
        .. Copies,
        .. References,
    ];

    private static Case[] Copies =>
    [
        new(Type + "Clear()", r => CompareTwo(
            r,
            (data, start, length) => Done(() => data.Ours.Slice(start, length).Clear()),
            (data, start, length) => Done(() => data.Theirs.Slice(start, length).Clear()))),
        new(Type + "Fill(T0)", r => CompareTwo(
            r,
            (data, start, length) => Done(() => data.Ours.Slice(start, length).Fill(data.OursPointer[-1])),
            (data, start, length) => Done(() => data.Theirs.Slice(start, length).Fill(data.TheirsPointer[-1])))),
        new(Type + "CopyTo(System.Span`1<T0>)", r => CompareTwo(
            r,
            (data, start, length) => Done(() => data.Ours.Slice(start).CopyTo(data.Ours.Slice(length))),
            (data, start, length) => Done(() => data.Theirs.Slice(start).CopyTo(data.Theirs.Slice(length))))),
        new(Type + "TryCopyTo(System.Span`1<T0>)", r => CompareTwo(
            r,
            (data, start, length) => data.Ours.Slice(start).TryCopyTo(data.Ours.Slice(length)),
            (data, start, length) => data.Theirs.Slice(start).TryCopyTo(data.Theirs.Slice(length)))),
    ];

    private static Case[] References =>
    [
        new(Type + "GetPinnableReference()", r => Compare(
            r,
            (data, _) =>
            {
                fixed (T* pointer = data.Ours)
                {
                    return pointer == null ? -1 : pointer - data.OursPointer;
                }
            },
            (data, _) =>
            {
                fixed (T* pointer = data.Theirs)
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
        (data, _) =>
        {
            string text = "";
            foreach (ref T element in data.Ours)
            {
                text += element + " ";
                element = default;
            }

            return text;
        },
        (data, _) =>
        {
            string text = "";
            foreach (ref T element in data.Theirs)
            {
                text += element + " ";
                element = default;
            }

            return text;
        });

    private static string Done(Action action)
    {
        action();
        return "done";
    }

    private static void Compare<TResult>(
        Random random, Func<SpanData<T>, int, TResult> ours, Func<SpanData<T>, int, TResult> theirs) =>
        CompareTwo(random, (data, index, _) => ours(data, index), (data, index, _) => theirs(data, index));

    private static void CompareTwo<TResult>(
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
