// The scanner of RoomTests sees each way in which a type can use another one.

using System;
using System.Runtime.CompilerServices;
using Xunit;

namespace MinusOne.Tests.Unit.Style;

public sealed unsafe class TypeUsesTests
{
    [Theory]
    [InlineData(typeof(InField))]
    [InlineData(typeof(InPointer))]
    [InlineData(typeof(InFunctionPointer))]
    [InlineData(typeof(InParameter))]
    [InlineData(typeof(InGeneric))]
    [InlineData(typeof(InLocal))]
    [InlineData(typeof(InCast))]
    [InlineData(typeof(InStaticCall))]
    [InlineData(typeof(InSize))]
    public void SeesTheUse(Type user) => Assert.Contains(typeof(Used), TypeUses.Of(user));

    [Fact]
    public void SeesNoUseWhereThereIsNone() => Assert.DoesNotContain(typeof(Used), TypeUses.Of(typeof(Alone)));

    [Fact]
    public void LeavesBodiesOutWhenAsked() =>
        Assert.DoesNotContain(typeof(Used), TypeUses.Of(typeof(InStaticCall), withBodies: false));

    private struct Used
    {
        public int Value;

        public static void Call()
        {
        }
    }

    private struct InField
    {
        public Used Field;
    }

    private struct InPointer
    {
        public Used** Field;
    }

    private struct InFunctionPointer
    {
        public delegate*<int, Used*, void> Field;
    }

    private static class InParameter
    {
        public static void Take(ref Used used) => used.Value = 0;
    }

    private struct InGeneric
    {
        public StrongBox<Used[]> Field;
    }

    private static class InLocal
    {
        public static int Read()
        {
            Used used = default;
            used.Value++;
            return used.Value;
        }
    }

    private static class InCast
    {
        public static int Read(void* memory) => ((Used*)memory)->Value;
    }

    private static class InStaticCall
    {
        public static void Call() => Used.Call();
    }

    private static class InSize
    {
        public static int Read() => sizeof(Used);
    }

    private static class Alone
    {
        public static int Read(int used) => used + 1;
    }
}
