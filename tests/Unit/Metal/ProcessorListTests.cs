// The processors that ACPI's table lists are found, each once; what lies, or stands behind the end, is none.

using System;
using System.Linq;
using MinusOne.Efi.Metal;
using MinusOne.Tests.Unit.Fuzz;
using Xunit;

namespace MinusOne.Tests.Unit.Metal;

public sealed unsafe class ProcessorListTests
{
    private const int Header = 44;

    private static readonly byte[] s_ioApic = [1, 12, 7, 0, 0, 0, 0xC0, 0xFE, 0, 0, 0, 0];

    [Fact]
    public void BothKindsAreFound() =>
        Assert.Equal([0u, 3u, 0x1234u], Found(Local(0), s_ioApic, Local(3), X2(0x1234)));

    [Fact]
    public void NobodyIsListedTwice() => Assert.Equal([2u, 1u], Found(Local(2), Local(1), X2(2), Local(1)));

    // Switched off, or the id that means all of them.
    [Fact]
    public void WhatCannotBeStartedIsNone() =>
        Assert.Equal([1u], Found(Local(5, flags: 2), Local(0xFF), X2(uint.MaxValue), X2(6, flags: 0), Local(1)));

    // An entry shorter than its kind, one that goes beyond the table, and one of no length: nothing behind it counts.
    [Fact]
    public void LengthsAreNotBelieved()
    {
        Assert.Equal([1u], Found([0, 6, 0, 9, 1, 0], Local(1)));
        Assert.Equal([1u], Found([9, 8, 0, 0, 1, 0, 0, 0], Local(1)));
        Assert.Equal([1u], Found(Local(1), [0, 8, 0, 9, 1]));
        Assert.Equal([1u], Found(Local(1), [0, 9, 0, 9, 1, 0, 0, 0]));
        Assert.Equal([1u], Found(Local(1), [0, 0, 0, 0], Local(2)));
        Assert.Equal([1u], Found(Local(1), [0, 1], Local(2)));
        Assert.Equal([1u], Found(Local(1), [0]));
        Assert.Empty(Found());
        Assert.Equal(0, ProcessorList.Of(default).Count);
    }

    [Fact]
    public void ThereIsNoPlaceForMore()
    {
        ProcessorList list = Of([.. Enumerable.Range(0, 70).Select(id => X2((uint)id + 0x100))]);
        Assert.Equal((64, 6u, 0x13Fu), (list.Count, list.LeftOut, list[63]));
    }

    [Fact]
    public void AnIoApicHasAnAddress()
    {
        byte[] bytes = [.. new byte[Header], .. Local(1), .. s_ioApic, 1, 8, 0, 0, 0, 0, 0xC1, 0xFE];
        fixed (byte* start = bytes)
        {
            var madt = new Madt(new AcpiTable(start, (uint)bytes.Length));
            Assert.True(madt.MoveNext() && !madt.IsIoApic(out _) && madt.IsProcessor(out _));
            Assert.True(madt.MoveNext() && madt.IsIoApic(out uint address) && address == 0xFEC0_0000);
            Assert.False(madt.IsProcessor(out _));
            Assert.True(madt.MoveNext() && !madt.IsIoApic(out _));
            Assert.False(madt.MoveNext());
        }
    }

    // Any bytes: the walk ends, and lists nobody twice.
    internal static void Play(InputRandom random)
    {
        byte[] entries = new byte[random.Next(300)];
        random.NextBytes(entries);
        ProcessorList list = Of(entries);
        uint[] ids = [.. Enumerable.Range(0, list.Count).Select(i => list[i])];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.InRange(list.Count * 8, 0, entries.Length);
    }

    private static uint[] Found(params byte[][] entries)
    {
        ProcessorList list = Of(entries);
        return [.. Enumerable.Range(0, list.Count).Select(i => list[i])];
    }

    private static ProcessorList Of(params byte[][] entries)
    {
        byte[] bytes = [.. new byte[Header], .. entries.SelectMany(entry => entry)];
        fixed (byte* start = bytes)
        {
            return ProcessorList.Of(new AcpiTable(start, (uint)bytes.Length));
        }
    }

    private static byte[] Local(byte id, byte flags = 1) => [0, 8, 0, id, flags, 0, 0, 0];

    private static byte[] X2(uint id, byte flags = 1) =>
        [9, 16, 0, 0, .. BitConverter.GetBytes(id), flags, 0, 0, 0, 0, 0, 0, 0];
}
