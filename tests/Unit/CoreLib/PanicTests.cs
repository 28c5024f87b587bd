// What a panic says: the words a user reads when a rule of the language is broken.

extern alias ours;

using System;
using Xunit;
using OurPanic = ours::System.Panic;
using PanicException = ours::System.PanicException;

namespace MinusOne.Tests.Unit.CoreLib;

public sealed class PanicTests
{
    [Fact]
    public void EachSaysWhatHappened()
    {
        Says("index out of range", OurPanic.IndexOutOfRange);
        Says("argument out of range", OurPanic.ArgumentOutOfRange);
        Says("division by zero", OurPanic.DivideByZero);
        Says("arithmetic overflow", OurPanic.Overflow);
        Says("null reference", OurPanic.NullReference);
        Says("a nullable without a value was read", OurPanic.NoValue);
        Says("the runtime was asked for something it does not have", OurPanic.FailFast);
        Says("index out of range", () => _ = default(ours::System.Span<int>)[0]);
        Says("argument out of range", () => default(ours::System.ReadOnlySpan<int>).Slice(1));
        Says("a nullable without a value was read", () => _ = default(ours::System.Nullable<int>).Value);
    }

    private static void Says(string words, Action action) =>
        Assert.Equal(words, Assert.Throws<PanicException>(action).Message);
}
