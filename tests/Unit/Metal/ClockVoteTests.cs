// Which of several clocks is believed.

using MinusOne.Efi.Metal.Clocks;
using Xunit;

namespace MinusOne.Tests.Unit.Metal;

public sealed class ClockVoteTests
{
    private static readonly ClockReading s_hpet = new(ClockKind.Hpet, 1_000_000_000, 10);
    private static readonly ClockReading s_timer = new(ClockKind.PowerTimer, 1_000_100_000, 20);
    private static readonly ClockReading s_pit = new(ClockKind.Pit, 1_000_050_000, 30);
    private static readonly ClockReading s_wrong = new(ClockKind.Hpet, 1_400_000_000, 5);
    private static readonly ClockReading s_claim = new(ClockKind.Cpuid, 1_000_000_000, 100);

    [Fact]
    public void TheOneInLeastDoubtIsBelieved() => Is(0, true, s_hpet, s_timer, s_pit);

    [Fact]
    public void TheOneThatNobodyConfirmsIsNot() => Is(1, true, s_wrong, s_timer, s_pit);

    [Fact]
    public void CpuidConfirms() => Is(1, true, s_wrong, s_timer, default, s_claim);

    [Fact]
    public void ASingleOneIsBelievedUnconfirmed() => Is(1, false, default, s_timer);

    // It says so although it is in less doubt and stands first.
    [Fact]
    public void WhatIsMeasuredCountsMoreThanCpuid() =>
        Is(1, false, new ClockReading(ClockKind.Cpuid, 3_500_000_000, 1), s_timer);

    [Fact]
    public void CpuidIsBelievedWhereNothingWasMeasured() => Is(3, false, default, default, default, s_claim);

    [Fact]
    public void WithoutAClockThereIsNone() => Is(-1, false, default, default);

    private static void Is(int chosen, bool isConfirmed, params ClockReading[] readings)
    {
        var vote = new ClockVote(readings);
        Assert.Equal(chosen, vote.Chosen);
        Assert.Equal(isConfirmed, vote.IsConfirmed);
    }
}
