// A campaign on a target that counts its own ways: it gets through a lock of bytes one after the other, which chance
// alone would need 2^24 tries for, keeps an input for each, and tells the crash behind it once.

using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace MinusOne.Tests.Unit.Fuzz;

public sealed unsafe class CampaignTests : IDisposable
{
    private readonly Coverage _coverage = new();
    private readonly List<byte[]> _found = [], _crashed = [];

    public void Dispose() => _coverage.Dispose();

    [Fact]
    public void FindsWhatIsBehindALockOfBytes()
    {
        Campaign campaign = Of(Lock, seed: 1);
        campaign.Begin([[0]]);
        campaign.Run(200_000);
        Assert.Equal("MIN"u8, Assert.Single(_crashed).AsSpan(0, 3));
        Assert.Equal(1, campaign.Crashes);
        Assert.Equal([1, 2], _found.Select(Opened).Order());
        Assert.Equal(200_000, campaign.Executions);
    }

    [Fact]
    public void TheSameSeedPlaysTheSameInputs() => Assert.Equal(Played(7), Played(7));

    [Fact]
    public void AnotherSeedPlaysOthers() => Assert.NotEqual(Played(7), Played(8));

    // What was known at the beginning is neither a new path nor kept a second time.
    [Fact]
    public void WhatIsKnownIsNoNewPath()
    {
        Campaign campaign = Of(Lock, seed: 1);
        campaign.Begin([[], [.. "M"u8], [.. "MI"u8]]);
        campaign.Run(1000);
        Assert.Empty(_found);
        Assert.Equal(0, campaign.NewPaths);
    }

    [Fact]
    public void TwoPlacesAreTwoCrashes()
    {
        Campaign campaign = Of(TwoThrow, seed: 1);
        campaign.Begin([[0], [1], [2], [3]]);
        Assert.Equal(2, campaign.Crashes);
        Assert.Equal([0, 1], _crashed.Select(input => (int)input[0]));
    }

    // Counts are new when they get into the next bucket.
    [Fact]
    public void CountsHaveBuckets()
    {
        bool[] isNew = [.. new[] { 1, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 127, 128, 255 }.Select(IsNew)];
        Assert.Equal(
            [true, false, true, true, true, false, true, false, true, false, true, false, true, false], isNew);
    }

    [Fact]
    public void NoInputIsLongerThanItMayBe()
    {
        var mutation = new Mutation(seed: 1, mostBytes: 40);
        byte[] input = [];
        int longest = 0;
        for (int i = 0; i < 10_000; i++)
        {
            input = mutation.Change(input, input);
            longest = Math.Max(longest, input.Length);
        }

        Assert.Equal(40, longest);
    }

    private static int Opened(byte[] input)
    {
        ReadOnlySpan<byte> word = "MIN"u8;
        return word.CommonPrefixLength(input);
    }

    private static void TwoThrow(byte[] input)
    {
        if (input is [0 or 2, ..])
        {
            throw new InvalidOperationException("no even one");
        }

        throw new InvalidOperationException("no odd one");
    }

    private bool IsNew(int count)
    {
        _coverage.Clear();
        _coverage.Map[0xFFFF] = (byte)count;
        return _coverage.Add();
    }

    private Campaign Of(Action<byte[]> target, int seed) => new(target, _coverage, seed)
    {
        Found = _found.Add,
        Crashed = (input, _) => _crashed.Add(input),
    };

    private List<string> Played(int seed)
    {
        List<string> played = [];
        using var coverage = new Coverage();
        var campaign = new Campaign(_ => { }, coverage, seed)
        {
            Playing = input => played.Add(Convert.ToHexString(input)),
        };
        campaign.Begin([[1, 2, 3, 4]]);
        campaign.Run(1000);
        return played;
    }

    private void Lock(byte[] input)
    {
        int opened = Opened(input);
        _coverage.Map[opened]++;
        if (opened == 3)
        {
            throw new InvalidOperationException("open");
        }
    }
}
