// PCI by its ports and in memory: what is there and what is not, a BAR that tells its size and moves, the lines of its
// interrupts and messages. A function of 4 KiB that remembers the last access stands for the devices.

using System;
using System.Runtime.InteropServices;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class PciTests : IDisposable
{
    private const uint Bar = 0x10;

    private readonly PcMachine _machine = new();
    private readonly PciFunction* _function = (PciFunction*)NativeMemory.AllocZeroed((nuint)sizeof(PciFunction));

    private static uint s_seen;

    public PciTests()
    {
        var window = new BusRange { Bytes = 0x1000, Widest = 4, Read = &ReadWindow, Write = &WriteWindow };
        window.Owner = _function;
        _function->Describe(0x1AF4, 0x1042, 2, 0x01_0000, window);
        _function->MsiX.Capability = _function->AddCapability(MsiX.Id, 12);
        _function->Access = _function->AddCapability(9, 20);
        Assert.True(Board->Pci.TryAdd(Board, _function));
    }

    private Board* Board => &_machine.Vm->Board;

    public void Dispose()
    {
        NativeMemory.Free(_function);
        _machine.Dispose();
    }

    [Theory]
    [InlineData(0, 0, 4, 0x0008_1B36u)]
    [InlineData(0, 2, 2, 0x0008u)]
    [InlineData(0, 8, 4, 0x0600_0000u)]
    [InlineData(0, 0xFC, 4, 0u)]
    [InlineData(1, 0, 4, 0x1042_1AF4u)]
    [InlineData(1, 3, 1, 0x10u)]
    [InlineData(1, 0x0A, 2, 0x0100u)]
    [InlineData(1, 0x2C, 4, 0x0002_1AF4u)]
    [InlineData(1, 0x34, 1, 0x40u)]
    [InlineData(1, 0x3C, 2, 0x010Bu)]
    [InlineData(1, 0x40, 2, 0x4C11u)]
    [InlineData(1, 0x4C, 2, 0x0009u)]
    [InlineData(2, 0, 4, 0xFFFF_FFFFu)]
    [InlineData(31, 0, 2, 0xFFFFu)]
    internal void BothWaysReadTheSame(int slot, int register, int bytes, uint value)
    {
        Assert.Equal(value, Port(slot, register, bytes));
        Assert.Equal(value, Memory(slot, register, bytes));
    }

    [Fact]
    public void ThereIsOneBusWithoutFurtherFunctions()
    {
        foreach (uint address in (uint[])[0x0000_0800, 0x8001_0800, 0x8000_0900, 0x8001_0000])
        {
            Board->Out(0xCF8, 4, address);
            Assert.Equal(uint.MaxValue, Board->In(0xCFC, 4));
            Board->Out(0xCFC, 4, 0);
        }

        Assert.Equal(uint.MaxValue, Memory(1, 0x1000, 4));
        Assert.Equal(0u, Memory(1, 0xFFC, 4));
        Board->Out(0xCF8, 4, 0xFFFF_FFFF);
        Assert.Equal(0x80FF_FFFCu, Board->In(0xCF8, 4));
        Board->Out(0xCF8, 1, 0);
        Board->Out(0xCFB, 1, 1);
        Assert.Equal(0x80FF_FFFCu, Board->In(0xCF8, 4));
    }

    [Fact]
    public void ABarTellsItsSizeAndMoves()
    {
        uint first = PciLayout.Memory + 0x1000;
        Assert.Equal(first, Port(1, Bar, 4));
        Assert.Equal(0x1234u, Read(first + 0x34));
        Set(1, Bar, 4, uint.MaxValue);
        Assert.Equal(0xFFFF_F000u, Port(1, Bar, 4));
        Assert.Equal(uint.MaxValue, Read(first + 0x34));
        Set(1, Bar + 1, 1, 0x20);
        Set(1, Bar + 2, 2, 0xC123);
        Assert.Equal(0xC123_2000u, Port(1, Bar, 4));
        Assert.Equal(0x1234u, Read(0xC123_2034));
        Set(1, 4, 2, 0);
        Assert.Equal(uint.MaxValue, Read(0xC123_2034));
        Set(1, 4, 2, 0xFFFF);
        Assert.Equal(0x0406u, Port(1, 4, 2));
        Assert.Equal(0x1234u, Read(0xC123_2034));
    }

    // Somebody is there already: it keeps its place, and the window is nowhere until it goes on.
    [Fact]
    public void AWindowDrivesNobodyAway()
    {
        ulong before = Board->ReadMemory(new Gpa(0xFED0_0000), 4);
        Set(1, Bar, 4, 0xFED0_0000);
        Assert.Equal(before, Board->ReadMemory(new Gpa(0xFED0_0000), 4));
        Set(1, Bar, 4, 0xC000_0000);
        Assert.Equal(0x1234u, Read(0xC000_0034));
        Assert.Equal(before, Board->ReadMemory(new Gpa(0xFED0_0000), 4));
    }

    [Fact]
    public void WhatIsFixedStays()
    {
        for (int register = 0; register < 256; register++)
        {
            if (register is 4 or 5 or 0xC or (>= 0x10 and < 0x14) or 0x3C or 0x43 or 0x50 or (>= 0x54 and < 0x60))
            {
                continue;
            }

            uint before = Port(1, register, 1);
            Set(1, register, 1, ~before);
            Assert.Equal(before, Port(1, register, 1));
        }

        Assert.Equal(0u, Board->In(0xCF9, 1));
    }

    [Fact]
    public void ALineIsALevelThatSlotsShare()
    {
        const int Line = 11;
        var others = new PciFunction[4];
        fixed (PciFunction* other = others)
        {
            for (int i = 0; i < 4; i++)
            {
                other[i].Describe(0x1AF4, 0x1042, 2, 0, new BusRange { Bytes = 0x1000, Widest = 4 });
                Assert.True(Board->Pci.TryAdd(Board, other + i));
            }

            Assert.Equal(Line, (int)Port(5, 0x3C, 1));
            _function->SetInterrupt(Board, true);
            other[3].SetInterrupt(Board, true);
            Assert.Equal(1u << Line, Board->HighLines);
            _function->SetInterrupt(Board, false);
            Assert.Equal(1u << Line, Board->HighLines);
            Set(5, 4, 2, 0x0402);
            Assert.Equal((0u, 8u), (Board->HighLines, Port(5, 6, 1) & 8));
            Set(5, 4, 2, 0x0002);
            Assert.Equal(1u << Line, Board->HighLines);
            other[3].SetInterrupt(Board, false);
            other[0].SetInterrupt(Board, true);
            Assert.Equal(1u << 5, Board->HighLines);
            Assert.Equal(8u, _machine.In(0x4D1) & 8);
        }
    }

    [Fact]
    public void AMessageWaitsBehindItsMasks()
    {
        Board->Apic->TryWrite(ApicRegister.SpuriousVector, 0x1FF, 0);
        foreach ((uint at, uint value) in ((uint, uint)[])[(0x10, 0xFEE0_0000), (0x14, 0), (0x18, 0x41), (0x1C, 0)])
        {
            _function->MsiX.Write(at, 4, value);
            Assert.Equal(value, _function->MsiX.Read(at));
        }

        Assert.Equal(1u, _function->MsiX.Read(0x0C));
        Set(1, 0x43, 1, 0xFF);
        Assert.Equal(0xC0u, Port(1, 0x43, 1));
        Set(1, 4, 2, 6);
        _function->SetInterrupt(Board, true);
        Assert.Equal(0u, Board->HighLines);
        _function->Signal(Board, 1);
        Assert.Equal((false, 2u), (_machine.IsInterrupted, _function->MsiX.Pending));
        Set(1, 4, 2, 2);
        Set(1, 0x43, 1, 0x80);
        Assert.Equal((false, 2u), (_machine.IsInterrupted, _function->MsiX.Pending));
        Set(1, 4, 2, 6);
        Assert.Equal((true, 0u), (_machine.IsInterrupted, _function->MsiX.Pending));
        Assert.Equal(0x41, InterruptRouting.Acknowledge(Board));
        _function->Signal(Board, 0);
        _function->Signal(Board, 8);
        _function->Signal(Board, 0xFFFF);
        Assert.Equal((false, 1u), (_machine.IsInterrupted, _function->MsiX.Pending));
    }

    // The BAR through configuration space: this width at this offset, and nothing else.
    [Fact]
    public void TheBarCanBeReachedFromHere()
    {
        Set(1, 0x54, 4, 0x34);
        Set(1, 0x58, 4, 4);
        Assert.Equal(0x1234u, Port(1, 0x5C, 4));
        Assert.Equal(0u, Port(1, 0x5C, 2));
        Set(1, 0x5C, 4, 0x77);
        Assert.Equal(0x77u, s_seen);
        Set(1, 0x54, 4, 0x1000);
        Set(1, 0x5C, 4, 0x78);
        Set(1, 0x54, 4, 0x32);
        Set(1, 0x5C, 4, 0x79);
        Assert.Equal(0x77u, s_seen);
    }

    private static ulong ReadWindow(void* owner, uint offset, int bytes) => 0x1200 + offset;

    private static void WriteWindow(void* owner, uint offset, int bytes, ulong value) => s_seen = (uint)value;

    private uint Read(ulong address) => (uint)Board->ReadMemory(new Gpa(address), 4);

    private uint Port(int slot, uint register, int bytes) => Port(slot, (int)register, bytes);

    private uint Port(int slot, int register, int bytes)
    {
        Board->Out(0xCF8, 4, 0x8000_0000 | ((uint)slot << 11) | ((uint)register & 0xFC));
        return Board->In((ushort)(0xCFC + (register & 3)), bytes);
    }

    private void Set(int slot, uint register, int bytes, uint value) => Set(slot, (int)register, bytes, value);

    private void Set(int slot, int register, int bytes, uint value)
    {
        Board->Out(0xCF8, 4, 0x8000_0000 | ((uint)slot << 11) | ((uint)register & 0xFC));
        Board->Out((ushort)(0xCFC + (register & 3)), bytes, value);
    }

    private uint Memory(int slot, int register, int bytes) => (uint)Board->ReadMemory(
        new Gpa(PciLayout.Configuration + ((ulong)slot << 15) + (ulong)register), bytes);
}
