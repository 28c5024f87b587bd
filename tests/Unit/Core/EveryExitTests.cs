// Every exit reason of the manual, scripted, through the real run loop: each has an answer, and it is the right one. A
// reason that is added without a script fails here.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Unit.Devices;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed class EveryExitTests
{
    // Rows go by number: what is private to the tests cannot be an argument of one.
    public static IEnumerable<object[]> Rows => ExitRows.All.Select((row, index) => new object[] { index, $"{row}" });

    [Theory]
    [MemberData(nameof(Rows))]
    public void HasItsAnswer(int index, string name)
    {
        ExitRow row = ExitRows.All.ElementAt(index);
        Assert.Equal(name, $"{row}");
        using DeviceGuest guest = DeviceGuest.Of("long");
        row.Before(guest);
        row.Effect.Check(guest, row.Exit);
        row.After(guest);
        Assert.True(Counted(guest, row.Reason) > 0);
    }

    [Fact]
    public void EveryReasonHasAScript() => Assert.Equal(
        Enum.GetValues<ExitReason>().Order(), ExitRows.All.Select(row => row.Reason).Distinct().Order());

    // Numbers without a meaning, and those of a manual to come.
    [Fact]
    public void AnythingElseIsLoudAndFinal()
    {
        for (uint reason = 0; reason < 0x1_0000; reason += reason < 256 ? 1u : 251)
        {
            if (!Enum.IsDefined((ExitReason)reason))
            {
                using DeviceGuest guest = DeviceGuest.Of("long");
                Assert.Equal(GuestEnd.UnhandledExit, guest.Run(Tests.Model.Exits.Unknown(reason)));
            }
        }
    }

    private static unsafe ulong Counted(DeviceGuest guest, ExitReason reason) =>
        guest.Vm->Counters.Exits((int)reason);
}
