// What CoffObject writes, CoffReader reads and the loader of these tests loads; and what it writes is what the
// specification says. PE/COFF specification 3-5.

extern alias stubs;

using System;
using System.Buffers.Binary;
using System.Linq;
using MinusOne.Tests.Unit.Native;
using stubs::MinusOne.Efi.Stubs;
using Xunit;

namespace MinusOne.Tests.Unit.Stubs;

public sealed unsafe class CoffTests
{
    [Fact]
    public void WhatIsWrittenIsRead()
    {
        var random = new Random(7);
        var coff = new CoffObject();
        for (int i = 1; i <= 5; i++)
        {
            byte[] content = new byte[random.Next(1, 100)];
            random.NextBytes(content);
            CoffSection section = coff.AddSection(
                $".s{i}", i % 2 == 0 ? SectionFlags.Code : SectionFlags.ReadOnlyData, content);
            coff.Define($"a rather long symbol name {i}", section, (uint)i);
            Assert.Equal(content, section.Content);
        }

        coff.Relocate(coff.AddSection(".text", SectionFlags.Code, new byte[8]), 0, "missing", RelocationKind.Address64);
        var reader = new CoffReader(coff.ToArray());
        Assert.Equal(
            [.. Enumerable.Range(1, 5).Select(i => ($"a rather long symbol name {i}", i, i)), ("missing", 0, 0)],
            reader.Symbols);
        Assert.Equal([2, 4, 6], reader.CodeSections().Select(section => section.Number));
    }

    // A linker would take the first of two symbols of one name, or complain.
    [Fact]
    public void SymbolStandsOnceHoweverOftenItIsUsed()
    {
        var coff = new CoffObject();
        CoffSection text = coff.AddSection(".text", SectionFlags.Code, new byte[16]);
        coff.Relocate(text, 0, "later", RelocationKind.Address64);
        coff.Define("later", text, 4);
        coff.Relocate(text, 8, "later", RelocationKind.Address64);
        Assert.Equal([("later", 1, 4)], new CoffReader(coff.ToArray()).Symbols);
    }

    [Fact]
    public void RelocationsReachTheirTargets()
    {
        var coff = new CoffObject();
        CoffSection text = coff.AddSection(".text", SectionFlags.Code, new byte[32]);
        CoffSection data = coff.AddSection(".rdata", SectionFlags.ReadOnlyData, new byte[16]);
        coff.Define("text", text, 0);
        coff.Define("target", data, 8);
        coff.Relocate(text, 0, "target", RelocationKind.Address64);
        coff.Relocate(text, 8, "target", RelocationKind.Relative32);
        using var loaded = new LoadedObject(coff.ToArray(), []);
        Assert.Equal((ulong)loaded["target"], *(ulong*)loaded["text"]);
        Assert.Equal(loaded["target"] - (loaded["text"] + 12), *(int*)(loaded["text"] + 8));
    }

    [Fact]
    public void HeaderHasNoTimeAndTheRightMachine()
    {
        byte[] file = StubCode.Image.ToObject();
        Assert.Equal(0x8664, BinaryPrimitives.ReadUInt16LittleEndian(file));
        Assert.Equal(0, BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(4)));
        Assert.Equal(file, stubs::MinusOne.Efi.Stubs.Program.AllStubs().ToObject());
    }

    // Every stub, every table, and nothing undefined but what the compiler's and the guests' objects define.
    [Fact]
    public void StubsObjectDefinesItsSymbols()
    {
        var reader = new CoffReader(StubCode.Image.ToObject());
        string[] defined = [.. reader.Symbols.Where(symbol => symbol.Section != 0).Select(symbol => symbol.Name)];
        Assert.Equal(defined.Length, defined.Distinct().Count());
        Assert.Empty(StubCode.Names.Except(defined));
        Assert.Empty(StubCode.Image.Tables.Select(table => table.Name).Append("__security_cookie").Except(defined));
        string[] undefined = [.. reader.Symbols.Where(symbol => symbol.Section == 0).Select(symbol => symbol.Name)];
        Assert.Equal(
            [
                "FastDevice", "FastExit", "FastSvmExit", "HostException", "NameArchive", "RunOnArrival",
                "RunOnOwnStack", "VmcsFieldFailed", "__ImageBase",
            ],
            undefined.Order(StringComparer.Ordinal));
    }
}
