// The model of pending events against a list that only knows the rules: an interrupted delivery or exception first,
// then NMI, then external vectors from the highest down; nothing lost, nothing doubled.

using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace MinusOne.Tests.Unit.Events;

public sealed class PendingEventsTests
{
    [Fact]
    public void RandomEventsComeOnceAndInOrder()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var events = default(PendingEvents);
            uint first = 0;
            bool nmi = false;
            var vectors = new SortedSet<byte>();
            for (int step = 0; step < 300; step++)
            {
                if (!Pend(random, ref events, ref first, ref nmi, vectors))
                {
                    Take(ref events, ref first, ref nmi, vectors, $"seed {seed}, step {step}");
                }

                Assert.Equal(
                    (first != 0, nmi, vectors.Count != 0), (events.HasFirst, events.HasNmi, events.HasExternal));
                Assert.Equal(first == 0 && !nmi && vectors.Count == 0, events.IsEmpty);
                events.ExitHandled();
            }
        }
    }

    // False: nothing, it is time to take one.
    private static bool Pend(
        Random random, ref PendingEvents events, ref uint first, ref bool nmi, SortedSet<byte> vectors)
    {
        byte number = (byte)random.Next(256);
        switch (random.Next(6))
        {
            case 0:
                events.PendNmi();
                nmi = true;
                return true;
            case 1:
            case 2:
                events.PendExternal(number);
                vectors.Add(number);
                return true;
            case 3:
                events.RaiseSoftware(Event.SoftwareInterrupt(number, 2));
                first = 0x8000_0400u | number;
                return true;
            case 4:
                Assert.True(events.TryRaise(ExceptionVector.InvalidOpcode));
                first = 0x8000_0306;
                return true;
            default:
                return false;
        }
    }

    [Fact]
    public void AnInterruptedDeliveryGoesAgain()
    {
        var events = default(PendingEvents);
        events.PendNmi();
        events.Interrupted(Event.External(0x40));
        Assert.Equal(0x8000_0040u, events.TakeFirst().Information.Raw);
        Assert.False(events.HasFirst);
        Assert.True(events.HasNmi);
    }

    [Theory]
    [InlineData((int)ExceptionVector.GeneralProtection, (int)ExceptionVector.PageFault, 0x8000_0B0Eu)]
    [InlineData((int)ExceptionVector.GeneralProtection, (int)ExceptionVector.StackFault, 0x8000_0B08u)]
    [InlineData((int)ExceptionVector.PageFault, (int)ExceptionVector.PageFault, 0x8000_0B08u)]
    [InlineData((int)ExceptionVector.InvalidOpcode, (int)ExceptionVector.PageFault, 0x8000_0B0Eu)]
    [InlineData((int)ExceptionVector.DoubleFault, (int)ExceptionVector.PageFault, 0u)]
    [InlineData((int)ExceptionVector.DoubleFault, (int)ExceptionVector.GeneralProtection, 0u)]
    [InlineData((int)ExceptionVector.DoubleFault, (int)ExceptionVector.InvalidOpcode, 0x8000_0306u)]
    public void AnExceptionDuringDeliveryCombines(int delivered, int raised, uint expected)
    {
        var events = default(PendingEvents);
        events.Interrupted(Event.Exception((ExceptionVector)delivered, 3));
        bool survives = events.TryRaise((ExceptionVector)raised, 7);
        Assert.Equal(expected != 0, survives);
        if (survives)
        {
            Event next = events.TakeFirst();
            Assert.Equal(expected, next.Information.Raw);
            Assert.Equal(
                next.Information.Vector == 8 || !next.Information.HasErrorCode ? next.ErrorCode : 7u, next.ErrorCode);
            Assert.True(events.IsEmpty);
        }
    }

    [Fact]
    public void AfterTheExitNothingCombinesAnyMore()
    {
        var events = default(PendingEvents);
        events.Interrupted(Event.Exception(ExceptionVector.DoubleFault, 0));
        events.TakeFirst();
        events.ExitHandled();
        Assert.True(events.TryRaise(ExceptionVector.PageFault, 2));
        Assert.Equal((0x8000_0B0Eu, 2u), Both(events.TakeFirst()));
    }

    // The exception goes first, and the interrupt whose delivery led to it is not lost.
    [Fact]
    public void AnInterruptThatFaultedWaitsForItsTurn()
    {
        var events = default(PendingEvents);
        events.Interrupted(Event.External(0x61));
        Assert.True(events.TryRaise(ExceptionVector.PageFault, 2));
        events.ExitHandled();
        Assert.Equal((0x8000_0B0Eu, 2u), Both(events.TakeFirst()));
        Assert.True(events.HasExternal);
        Assert.Equal(0x8000_0061u, events.TakeExternal().Information.Raw);
        Assert.True(events.IsEmpty);

        events.Interrupted(Event.Nmi);
        Assert.True(events.TryRaise(ExceptionVector.StackFault));
        events.ExitHandled();
        Assert.Equal(0x8000_0B0Cu, events.TakeFirst().Information.Raw);
        Assert.True(events.HasNmi);
        Assert.Equal(0x8000_0202u, events.TakeNmi().Information.Raw);
        Assert.True(events.IsEmpty);
    }

    // INT n faulted: the instruction comes again by itself.
    [Fact]
    public void ASoftwareInterruptThatFaultedIsNotKept()
    {
        var events = default(PendingEvents);
        events.Interrupted(Event.SoftwareInterrupt(0x80, 2));
        Assert.True(events.TryRaise(ExceptionVector.PageFault));
        Assert.Equal(0x8000_0B0Eu, events.TakeFirst().Information.Raw);
        Assert.True(events.IsEmpty);
    }

    [Fact]
    public void NoVectorNothing()
    {
        var events = default(PendingEvents);
        Assert.False(events.TakeExternal().IsValid);
    }

    private static void Take(
        ref PendingEvents events, ref uint first, ref bool nmi, SortedSet<byte> vectors, string what)
    {
        if (first != 0)
        {
            Assert.True(first == events.TakeFirst().Information.Raw, what);
            first = 0;
        }
        else if (nmi)
        {
            Assert.True(events.TakeNmi().Information.Raw == 0x8000_0202, what);
            nmi = false;
        }
        else if (vectors.Count != 0)
        {
            byte highest = vectors.Max();
            Assert.True(events.TakeExternal().Information.Raw == (0x8000_0000u | highest), what);
            vectors.Remove(highest);
        }
    }

    private static (uint Information, uint Code) Both(Event taken) => (taken.Information.Raw, taken.ErrorCode);
}
