// Calls ours and theirs with the same inputs and demands the same answer, or that both refuse.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.CoreLib;

internal static class Same
{
    private const int Rounds = 500;

    public static void One<T, TResult>(
        Random random, Func<Random, T> value, Func<T, TResult> ours, Func<T, TResult> theirs)
    {
        for (int i = 0; i < Rounds; i++)
        {
            T a = value(random);
            Check($"({a})", () => ours(a), () => theirs(a));
        }
    }

    public static void Two<T, TResult>(
        Random random, Func<Random, T> value, Func<T, T, TResult> ours, Func<T, T, TResult> theirs)
    {
        for (int i = 0; i < Rounds; i++)
        {
            (T a, T b) = (value(random), value(random));
            Check($"({a}, {b})", () => ours(a, b), () => theirs(a, b));
            Check($"({a}, {a})", () => ours(a, a), () => theirs(a, a));
        }
    }

    public static void Three<T, TResult>(
        Random random, Func<Random, T> value, Func<T, T, T, TResult> ours, Func<T, T, T, TResult> theirs)
    {
        for (int i = 0; i < Rounds; i++)
        {
            (T a, T b, T c) = (value(random), value(random), value(random));
            Check($"({a}, {b}, {c})", () => ours(a, b, c), () => theirs(a, b, c));
        }
    }

    // What a call gives as text; how it refuses does not matter, ours has no exceptions.
    public static string Outcome<TResult>(Func<TResult> call)
    {
        try
        {
            return call().ToString();
        }
        catch (Exception refusal) when (refusal is not NullReferenceException)
        {
            return "refused";
        }
    }

    public static void Check<TResult>(string inputs, Func<TResult> ours, Func<TResult> theirs)
    {
        string actual = Outcome(ours);
        string expected = Outcome(theirs);
        Assert.True(expected == actual, $"{inputs}: {actual} instead of {expected}");
    }
}
