// SpanHelpers: what spans and the compiler's copies of large structs are made of.

extern alias ours;

using Xunit;
using Helpers = ours::System.SpanHelpers;

namespace MinusOne.Tests.Unit.CoreLib;

public sealed unsafe class SpanHelpersTests
{
    [Fact]
    public void Memmove() => Sweep.OverCopies((to, from, length) => Helpers.Memmove(ref *to, ref *from, length));

    [Fact]
    public void Fill() => Sweep.OverFills((to, length, value) => Helpers.Fill(ref *to, (nuint)length, value));

    [Fact]
    public void Clear() => Sweep.OverFills((to, length, value) =>
    {
        Helpers.ClearWithoutReferences(ref *to, (nuint)length);
        for (int i = 0; i < length; i++)
        {
            Assert.Equal(0, to[i]);
            to[i] = value;
        }
    });
}
