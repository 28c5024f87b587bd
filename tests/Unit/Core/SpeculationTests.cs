// What processors are known to give away, by what they say of themselves, and what is done about it between two guests.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class SpeculationTests : IDisposable
{
    // Bits of CPUID.7:EDX: MD_CLEAR, IBRS and IBPB, L1D_FLUSH, ARCH_CAPABILITIES.
    private const uint Clears = 1 << 10, Barrier = 1 << 26, Flush = 1 << 28, Capabilities = 1u << 29;

    public void Dispose() => Cpu.Soft = null;

    // An old one without microcode, one with it, and one that was made after all that.
    [Theory]
    [InlineData(0u, 0ul, "None",
        "BoundsCheck BranchTargets ReturnTargets StoreBypass CacheOfLevel1 Buffers Transactions Gathering")]
    [InlineData(Clears | Barrier | Flush, 0ul, "BetweenGuests", "BoundsCheck StoreBypass Gathering")]
    [InlineData(Clears | Barrier | Flush | Capabilities, 0x1F7_E1F3ul | (1ul << 26) | (1ul << 27),
        "Barrier, Returns, Restriction", "BoundsCheck")]
    [InlineData(Clears | Barrier | Flush | Capabilities, (1ul << 25) | 0x21,
        "Barrier, Buffers, Returns", "BoundsCheck StoreBypass")]
    public void IntelsSayIt(uint features, ulong capabilities, string guards, string open)
    {
        SoftProcessor processor = Presets.SkylakeX();
        processor.CpuidLeaves[(7, 0)] = processor.CpuidLeaves[(7, 0)] with
        {
            Ebx = (1 << 5) | (1 << 11),
            Edx = features,
        };
        processor.Msrs[(uint)Msr.ArchCapabilities] = capabilities;
        Expect(processor, guards, open);
    }

    [Theory]
    [InlineData(0x17, 0u, 0u, 0u, "None", "BoundsCheck BranchTargets ReturnTargets StoreBypass")]
    [InlineData(0x19, 1u << 12, (1u << 5) | (1u << 8), 0u,
        "Barrier, Buffers, Returns, Restriction", "BoundsCheck ReturnTargets StoreBypass")]
    [InlineData(0x19, 1u << 12, (1u << 8) | (1u << 28), 6u, "Barrier, Returns, Restriction", "BoundsCheck StoreBypass")]
    [InlineData(0x19, 1u << 12, 1u << 28, 2u, "Barrier, Returns", "BoundsCheck StoreBypass Buffers")]
    [InlineData(0x1A, (1u << 12) | (1u << 26), 1u << 8, 0u, "Barrier, Returns, Restriction", "BoundsCheck")]
    public void AmdsSayIt(uint family, uint sizes, uint extended, uint more, string guards, string open)
    {
        SoftProcessor processor = Presets.Ryzen();
        CpuidResult first = processor.CpuidLeaves[(1, 0)];
        processor.CpuidLeaves[(1, 0)] = first with { Eax = 0xF00 | ((family - 0xF) << 20) };
        processor.CpuidLeaves[(0x8000_0000, 0)] = new CpuidResult { Eax = 0x8000_0021 };
        processor.CpuidLeaves[(0x8000_0008, 0)] = processor.CpuidLeaves[(0x8000_0008, 0)] with { Ebx = sizes };
        processor.CpuidLeaves[(0x8000_0021, 0)] = new CpuidResult { Eax = extended, Ecx = more };
        Expect(processor, guards, open);
    }

    // As often as one guest makes way for another: a guest that is alone, at its beginning; two that take turns, each
    // time.
    [Theory]
    [InlineData(false, false, 1, 1)]
    [InlineData(true, false, 5, 9)]
    [InlineData(true, true, 0, 0)]
    public void WhatAGuestHasLeftIsForgotten(bool areTwo, bool isOff, int least, int most)
    {
        SoftProcessor processor = Presets.SkylakeX();
        processor.CpuidLeaves[(7, 0)] = processor.CpuidLeaves[(7, 0)] with { Edx = Clears | Barrier | Flush };
        using var machine = new CoreMachine(processor);
        if (isOff)
        {
            machine.Machine->Facts.Speculation.TurnOff();
        }

        ulong wanted = isOff ? 0u : 1;
        Msr[] commands = [Msr.PredictionCommand, Msr.FlushCommand];
        Array.ForEach(commands, command => processor.Msrs[(uint)command] = 0);
        machine.Guest.Then(guest =>
        {
            for (int i = 0; i < 4; i++)
            {
                Assert.All(commands, command => Assert.Equal(wanted, processor.Msrs[(uint)command]));
                guest.Exit(Exits.Pause());
            }

            guest.Exit(Exits.Hlt());
            guest.Exit(areTwo ? Exits.Hlt() : Exits.Pause());
        });
        machine.Settings = machine.Settings with { AreTogether = areTwo };
        machine.Run(areTwo ? "one two" : "one", machine.Programs(areTwo ? ["one", "two"] : ["one"]));
        Assert.InRange(processor.Forgotten.Count(what => what == "returns"), least, most);
        Assert.Equal(processor.Forgotten.Count / 2, processor.Forgotten.Count(what => what == "buffers"));
    }

    // One MSR on Intel's, a bit of another one on AMD's.
    [Fact]
    public void TheHostIsRestrictedOnce()
    {
        SoftProcessor processor = Presets.SkylakeX();
        processor.CpuidLeaves[(7, 0)] = processor.CpuidLeaves[(7, 0)] with { Edx = Capabilities | Barrier };
        processor.Msrs[(uint)Msr.ArchCapabilities] = 2;
        processor.Msrs[(uint)Msr.SpeculationControl] = 4;
        Cpu.Soft = processor;
        CpuFacts.Read().Speculation.RestrictHost();
        Assert.Equal(5ul, processor.Msrs[(uint)Msr.SpeculationControl]);
    }

    private static void Expect(SoftProcessor processor, string guards, string open)
    {
        Cpu.Soft = processor;
        Speculation speculation = CpuFacts.Read().Speculation;
        Assert.Equal(guards, speculation.Guards.ToString());
        IEnumerable<Weakness> vulnerable = Enum.GetValues<Weakness>()
            .Where(weakness => speculation.StateOf(weakness) == WeaknessState.Vulnerable);
        Assert.Equal(open, string.Join(' ', vulnerable));
        WeaknessTable.Print(speculation);
    }
}
