// Flat binaries and multiboot images with addresses in their header: where the bytes go, how the processor begins, and
// every reason for refusing one.

using System;
using MinusOne.Tests.Loading;
using Xunit;

namespace MinusOne.Tests.Unit.Loading;

public sealed class FlatTests
{
    private const uint Load = 0x20_0000;

    [Fact]
    public void NimbOsGoesWhereItsHeaderSaysAndBeginsInTheBios()
    {
        byte[] file = MultibootWriter.Flat(0x5123, 0x28, Load, Load + 0x5000, Load + 0x1_0000, Load);
        using var machine = new LoadMachine();
        machine.Files.IsNimbOs = true;
        Assert.Equal("ready", machine.Load(file));
        Assert.Equal(file[..0x5000], machine.Read(Load, 0x5000));
        Assert.Equal(new byte[0x123], machine.Read(Load + 0x5000, 0x123));
        Assert.Equal((Load + 0x1_0000ul, true), (machine.Plan.End.Value, machine.Plan.ThroughBios));
        Assert.Equal(
            (StartMode.Real, 0x8000ul, 0x7000ul), (machine.Start.Mode, machine.Start.Entry, machine.Start.Rsp));
        Assert.Equal((0x2BADB002ul, 0x9000ul), (machine.Start.Rax, machine.Start.Rbx));
        Assert.Equal([0xEB, 0xFE, 0, 0, 0x20, 0], machine.Read(0x8000, 6));
    }

    [Fact]
    public void WithoutALoadEndTheWholeFileIsLoaded()
    {
        byte[] file = MultibootWriter.Flat(0x3001, 0x400, Load, 0, 0, Load + 4);
        using var machine = new LoadMachine();
        Assert.Equal("ready", machine.Load(file));
        Assert.Equal(file, machine.Read(Load, file.Length));
        Assert.Equal(Load + 0x3001ul, machine.Plan.End.Value);
    }

    // A header of its own in front of the image is not loaded.
    [Fact]
    public void TheLoadAddressMayBeginBehindTheFilesFirstByte()
    {
        byte[] file = MultibootWriter.Flat(0x2000, 0x100, Load - 0x80, Load + 0x1000, 0, Load);
        BitConverter.TryWriteBytes(file.AsSpan(0x100 + 12), Load + 0x10);
        BitConverter.TryWriteBytes(file.AsSpan(0x100 + 16), Load);
        using var machine = new LoadMachine();
        Assert.Equal("ready", machine.Load(file));
        Assert.Equal(file[0xF0..0x10F0], machine.Read(Load, 0x1000));
    }

    [Fact]
    public void OnlyTouchedPagesAreThere()
    {
        using var machine = new LoadMachine();
        Assert.Equal("ready", machine.Load(MultibootWriter.Flat(0x2800, 0, Load, 0, Load + 0x10_0000, Load)));
        Assert.Equal(3ul + 2, machine.Use.Pages); // the image, the BIOS, the information
    }

    [Theory]
    [InlineData(0x2000, 0x40u, Load, 0u, 0u, Load, LoadStatus.Ready)]
    [InlineData(0x2000, 0x40u, Load, Load + 0x2000, Load + 0x2000, Load + 0x1FFF, LoadStatus.Ready)]
    [InlineData(0x2000, 0x40u, Load, Load + 0x2001, 0u, Load, LoadStatus.Truncated)]
    [InlineData(0x2000, 0x40u, Load, Load + 0x2000, Load + 0x1FFF, Load, LoadStatus.HeaderAddresses)]
    [InlineData(0x2000, 0x40u, Load, Load, 0u, Load, LoadStatus.HeaderAddresses)]
    [InlineData(0x2000, 0x40u, Load, Load - 1, 0u, Load, LoadStatus.HeaderAddresses)]
    [InlineData(0x2000, 0x40u, Load, 0u, 0u, Load + 0x2000, LoadStatus.EntryOutside)]
    [InlineData(0x2000, 0x40u, Load, 0u, 0u, Load - 1, LoadStatus.EntryOutside)]
    [InlineData(0x2000, 0x40u, 0x40_0000u, 0u, 0u, 0x40_0000u, LoadStatus.LoadOutside)]
    [InlineData(0x2000, 0x40u, 0xFFFF_E000u, 0u, 0u, 0xFFFF_E000u, LoadStatus.LoadOutside)]
    [InlineData(0x2000, 0x40u, 0x3F_E000u, 0u, 0u, 0x3F_E000u, LoadStatus.Ready)]
    [InlineData(0x2001, 0x40u, 0x3F_E000u, 0u, 0u, 0x3F_E000u, LoadStatus.EndOutside)]
    [InlineData(0x2000, 0x40u, Load, 0u, 0x40_0001u, Load, LoadStatus.EndOutside)]
    [InlineData(0x2000, 0x40u, Load, 0u, 0xFFFF_FFFFu, Load, LoadStatus.EndOutside)]
    [InlineData(0x2000, 0x40u, 0x4001u, 0u, 0u, 0x4001u, LoadStatus.Overlap)]
    [InlineData(0x2000, 0x40u, 0x4000u, 0u, 0u, 0x4000u, LoadStatus.Ready)]
    [InlineData(0x2000, 0x40u, 0x8FFFu, 0u, 0u, 0x8FFFu, LoadStatus.Overlap)]
    [InlineData(0x2000, 0x40u, 0x9000u, 0u, 0u, 0x9000u, LoadStatus.Ready)]
    internal void AddressesAreChecked(
        int length, uint offset, uint load, uint loadEnd, uint bssEnd, uint entry, LoadStatus expected)
    {
        using var machine = new LoadMachine();
        Assert.Equal(
            expected, machine.Examine(MultibootWriter.Flat(length, (int)offset, load, loadEnd, bssEnd, entry)));
        Assert.Equal(expected == LoadStatus.Ready, machine.Load() == "ready");
        Assert.True(expected == LoadStatus.Ready || machine.Use.Pages == 0);
    }

    [Theory]
    [InlineData(Load - 1, 0)]
    [InlineData(Load + 0x41, 0x40)]
    public void AHeaderElsewhereThanItSaysIsRefused(uint headerAddress, int offset)
    {
        byte[] file = MultibootWriter.Flat(0x2000, offset, Load, 0, 0, Load);
        BitConverter.TryWriteBytes(file.AsSpan(offset + 12), headerAddress);
        using var machine = new LoadMachine();
        Assert.Equal(LoadStatus.HeaderAddresses, machine.Examine(file));
    }

    [Theory]
    [InlineData(0x1_0000u, LoadStatus.Ready)]
    [InlineData(0x1_0003u, LoadStatus.Ready)]
    [InlineData(0xFFFF_0003u, LoadStatus.Ready)]
    [InlineData(0x1_0004u, LoadStatus.HeaderWantsMore)]
    [InlineData(0x1_8000u, LoadStatus.HeaderWantsMore)]
    internal void WhatAHeaderDemandsMustBeUnderstood(uint flags, LoadStatus expected)
    {
        using var machine = new LoadMachine();
        Assert.Equal(expected, machine.Examine(MultibootWriter.Flat(0x2000, 0, Load, 0, 0, Load, flags)));
    }

    // The header must lie in the first 8 KiB as a whole, at a multiple of four, and its sum must be zero.
    [Theory]
    [InlineData(8192 - 32, 0, LoadStatus.Ready)]
    [InlineData(8192 - 28, 0, LoadStatus.Unknown)]
    [InlineData(0x42, 0, LoadStatus.Unknown)]
    [InlineData(0x40, 1, LoadStatus.Unknown)]
    internal void TheHeaderIsWhereItMayBe(int offset, byte error, LoadStatus expected)
    {
        byte[] file = MultibootWriter.Flat(0x3000, offset, Load, 0, 0, Load);
        file[offset + 8] += error;
        using var machine = new LoadMachine();
        Assert.Equal(expected, machine.Examine(file));
    }

    [Theory]
    [InlineData(Load, Load, LoadStatus.Ready)]
    [InlineData(Load, Load + 4, LoadStatus.NotNimbOs)]
    [InlineData(0x10_0000u, 0x10_0000u, LoadStatus.NotNimbOs)]
    internal void NimbOsIsKnownByItsAddresses(uint load, uint entry, LoadStatus expected)
    {
        using var machine = new LoadMachine();
        machine.Files.IsNimbOs = true;
        Assert.Equal(expected, machine.Examine(MultibootWriter.Flat(0x2000, 0, load, 0, 0, entry)));
    }

    [Theory]
    [InlineData(0x1000ul, 0x5000, LoadStatus.Ready)]
    [InlineData(0x1000ul, 0x5001, LoadStatus.Overlap)]
    [InlineData(0x3F_FFFFul, 1, LoadStatus.Ready)]
    [InlineData(0x3F_FFFFul, 2, LoadStatus.EndOutside)]
    [InlineData(0x40_0000ul, 1, LoadStatus.LoadOutside)]
    [InlineData(ulong.MaxValue, 1, LoadStatus.LoadOutside)]
    [InlineData(ulong.MaxValue, 2, LoadStatus.LoadOutside)]
    [InlineData(0x1000ul, 0x40_0001, LoadStatus.TooBig)]
    internal void AnEntryMakesAnythingFlat(ulong entry, int length, LoadStatus expected)
    {
        using var machine = new LoadMachine();
        machine.Files.HasEntry = true;
        machine.Files.Entry = entry;
        byte[] file = new byte[length];
        Array.Fill(file, (byte)'x');
        Assert.Equal(expected, machine.Examine(file));
        if (expected == LoadStatus.Ready)
        {
            Assert.Equal("ready", machine.Load());
            Assert.Equal(file, machine.Read(entry, length));
            Assert.Equal((uint)entry, machine.Read32(0x8002));
            Assert.Equal((StartMode.Real, 0x8000ul, 0ul),
                (machine.Start.Mode, machine.Start.Entry, machine.Start.Rax));
        }
    }
}
