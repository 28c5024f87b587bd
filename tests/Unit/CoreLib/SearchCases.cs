// System.MemoryExtensions: comparing and searching, in spans of few different elements so that partial matches abound.

extern alias ours;

using System;
using System.Linq;
using OurExtensions = ours::System.MemoryExtensions;

namespace MinusOne.Tests.Unit.CoreLib;

internal static class SearchCases<T>
    where T : IEquatable<T>
{
    private const string Type = "System.MemoryExtensions.";
    private const string Both = "(System.ReadOnlySpan`1<M0>, System.ReadOnlySpan`1<M0>)";

    public static Case[] All(params T[] letters) =>
    [
        new(Type + "SequenceEqual" + Both, r => Compare(
            r,
            letters,
            (a, b) => OurExtensions.SequenceEqual<T>(a, b),
            (a, b) => MemoryExtensions.SequenceEqual<T>(a, b))),
        new(Type + "StartsWith" + Both, r => Compare(
            r, letters, (a, b) => OurExtensions.StartsWith<T>(a, b), (a, b) => MemoryExtensions.StartsWith<T>(a, b))),
        new(Type + "EndsWith" + Both, r => Compare(
            r, letters, (a, b) => OurExtensions.EndsWith<T>(a, b), (a, b) => MemoryExtensions.EndsWith<T>(a, b))),
        new(Type + "IndexOf" + Both, r => Compare(
            r, letters, (a, b) => OurExtensions.IndexOf<T>(a, b), (a, b) => MemoryExtensions.IndexOf<T>(a, b))),
        new(Type + "IndexOf(System.ReadOnlySpan`1<M0>, M0)", r => Compare(
            r,
            letters,
            (a, b) => OurExtensions.IndexOf(a, b.FirstOrDefault()),
            (a, b) => MemoryExtensions.IndexOf(a, b.FirstOrDefault()))),
    ];

    private static void Compare<TResult>(
        Random random, T[] letters, Func<T[], T[], TResult> ours, Func<T[], T[], TResult> theirs)
    {
        for (int i = 0; i < 500; i++)
        {
            T[] text = random.GetItems(letters, random.Next(12));
            T[] part = random.GetItems(letters, random.Next(5));
            Check(text, part);
            Check(text, text);
            Check(text, [.. text, .. part]);
            Check([.. text, .. part], part);
            Check([.. part, .. text], part);
        }

        void Check(T[] a, T[] b) => Same.Check(
            $"[{string.Join(" ", a)}], [{string.Join(" ", b)}]", () => ours(a, b), () => theirs(a, b));
    }
}
