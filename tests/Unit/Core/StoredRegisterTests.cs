// MSRs that have no effect on a guest and still are registers: what is written is there when it is read, what silicon
// refuses is refused. And the two ways to set the time-stamp counter, which are one.

using System;
using System.Collections.Generic;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class StoredRegisterTests
{
    private const uint MiscEnable = (uint)Msr.MiscEnable;
    private const uint Tsc = (uint)Msr.TimeStampCounter, Adjust = (uint)Msr.TscAdjust;
    private const ulong Second = 100_000_000;

    // First what firmware has left, then what the guest writes, each register its own.
    [Fact]
    public void MtrrsGiveBackWhatWasWritten() => Play(guest =>
    {
        var written = new Dictionary<uint, ulong> { [0x2FF] = 0x801 };
        for (uint i = 0; i < 16; i++)
        {
            Assert.Equal(0ul, guest.Rdmsr(0x200 + i));
            written[0x200 + i] = ((ulong)(i + 1) << 20) | (i % 2 != 0 ? 0x800ul : i % 4 == 0 ? 6ul : 5ul);
        }

        foreach (uint msr in new uint[]
            { 0x250, 0x258, 0x259, 0x268, 0x269, 0x26A, 0x26B, 0x26C, 0x26D, 0x26E, 0x26F })
        {
            Assert.Equal(0x0606_0606_0606_0606ul, guest.Rdmsr(msr));
            written[msr] = 0x0504_0100_0606_0500UL + (msr & 1);
        }

        Assert.Equal(0xC06ul, guest.Rdmsr(0x2FF));
        foreach ((uint msr, ulong value) in written)
        {
            guest.Wrmsr(msr, value);
        }

        foreach ((uint msr, ulong value) in written)
        {
            Assert.True(guest.Rdmsr(msr) == value, $"{msr:X}: {guest.Rdmsr(msr):X}");
        }
    });

    // SDM 3A 13.11.2 Setting Memory Ranges with MTRRs. No processor here has 52 address bits.
    [Theory]
    [InlineData(0x200u, 0x0010_0002ul)]
    [InlineData(0x200u, 0x0010_0007ul)]
    [InlineData(0x202u, 0x0010_0806ul)]
    [InlineData(0x202u, 0x8_0000_0000_0006ul)]
    [InlineData(0x201u, 0x0010_0801ul)]
    [InlineData(0x203u, 0x8_0000_0000_0800ul)]
    [InlineData(0x250u, 0x0706_0606_0606_0606ul)]
    [InlineData(0x26Fu, 0x0606_0606_0606_0602ul)]
    [InlineData(0x2FFu, 0xC07ul)]
    [InlineData(0x2FFu, 0x1C06ul)]
    [InlineData(0x179u, 0ul)]
    public void WhatARegisterCannotHoldIsRefused(uint msr, ulong value) => Play(guest =>
    {
        ulong before = guest.Rdmsr(msr);
        Assert.Throws<GuestFaultException>(() => guest.Wrmsr(msr, value));
        Assert.Equal(before, guest.Rdmsr(msr));
    });

    // SDM 4 2.1: of this machine's features, fast strings alone can be turned off.
    [Fact]
    public void MiscEnableKeepsTheBitThatAGuestMayChange() => Play(guest =>
    {
        Assert.Equal(0x1801ul, guest.Rdmsr(MiscEnable));
        guest.Wrmsr(MiscEnable, 0x0004_0085_0000);
        Assert.Equal(0x1800ul, guest.Rdmsr(MiscEnable));
        guest.Wrmsr(MiscEnable, 0x1801);
        Assert.Equal(0x1801ul, guest.Rdmsr(MiscEnable));
    });

    // Kernels ask without a look at CPUID: no banks.
    [Fact]
    public void ThereAreNoMachineCheckBanks() => Play(guest =>
    {
        guest.Wrmsr((uint)Msr.MachineCheckStatus, 0);
        Assert.Equal((0ul, 0ul), (guest.Rdmsr(0x179), guest.Rdmsr(0x17A)));
    });

    [Fact]
    public void TheCounterAndItsAdjustmentMoveTogether() => Play(guest =>
    {
        guest.Cpuid(7);
        Assert.NotEqual(0u, (uint)guest.Registers.Rbx & 2);
        Assert.Equal(0ul, guest.Rdmsr(Adjust));

        ulong start = guest.Rdtsc();
        guest.Wrmsr(Adjust, 10 * Second);
        Assert.InRange(guest.Rdtsc() - start, 10 * Second, 11 * Second);
        Assert.Equal(10 * Second, guest.Rdmsr(Adjust));

        ulong before = guest.Rdtsc();
        guest.Wrmsr(Tsc, before - (4 * Second));
        Assert.InRange((long)(guest.Rdtsc() - before), -4 * (long)Second, -3 * (long)Second);
        Assert.InRange(guest.Rdmsr(Adjust), 5 * Second, 6 * Second);

        guest.Wrmsr(Adjust, 0);
        Assert.InRange(guest.Rdtsc() - start, 0ul, Second);
    });

    private static void Play(Action<ScriptedGuest> script)
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(guest =>
        {
            script(guest);
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
    }
}
