// Functions as the compiler lays them out, that call each other forwards and backwards and find each other's address,
// executed after they were laid end to end.

extern alias stubs;

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Iced.Intel;
using MinusOne.Tests.Unit.Native;
using stubs::MinusOne.Efi.Stubs;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Unit.Stubs;

public sealed unsafe class FunctionPackerTests : IDisposable
{
    private const int Functions = 30;

    private readonly NativeCall _native = new();

    public void Dispose() => _native.Dispose();

    [Fact]
    public void PackedFunctionsDoWhatTheyDid()
    {
        const int Seed = 17;
        byte[] file = Compiled(new Random(Seed), out ulong expected);
        Assert.Equal(expected, Run(file));
        int before = new CoffReader(file).CodeSections().Single().Code.Length;

        FunctionPacker.Pack(file);

        byte[] after = new CoffReader(file).CodeSections().Single().Code;
        Assert.True(expected == Run(file), $"seed {Seed}");
        Assert.True(after.Length < before - (Functions * 4));
        Assert.DoesNotContain((byte)0x90, after);
    }

    [Fact]
    public void WhatIsNoInstructionIsRefused()
    {
        var coff = new CoffObject();
        CoffSection code = coff.AddSection(".text", SectionFlags.Code, [0x06, 0xC3]);
        coff.Define("first", code, 0);
        Assert.Throws<InvalidDataException>(() => FunctionPacker.Pack(coff.ToArray()));
    }

    // It could not reach as far as it may have to.
    [Fact]
    public void ShortJumpToAnotherFunctionIsRefused()
    {
        var coff = new CoffObject();
        CoffSection code = coff.AddSection(".text", SectionFlags.Code, [0xEB, 0x01, 0x90, 0xC3]);
        coff.Define("first", code, 0);
        coff.Define("second", code, 3);
        Assert.Throws<InvalidDataException>(() => FunctionPacker.Pack(coff.ToArray()));
    }

    private ulong Run(byte[] file)
    {
        using var loaded = new LoadedObject(file, new() { ["import"] = [0x48, 0xFF, 0xC0, 0xC3] }); // inc rax, ret
        NativeRegisters registers = NativeCall.Pattern();
        registers.General[NativeRegisters.Rax] = 0;
        registers.Function = loaded["f0"];
        _native.Invoke(ref registers);
        return registers.General[NativeRegisters.Rax];
    }

    // Every function adds to RAX, calls the import, and goes on in two others: by an address that it loads, and by a
    // call. They lie in another order than they call each other.
    private static byte[] Compiled(Random random, out ulong expected)
    {
        var c = new Assembler(64);
        Label[] starts = [.. Enumerable.Range(0, Functions).Select(_ => c.CreateLabel())];
        var imports = new List<Label>();
        ulong[] results = new ulong[Functions];
        int[] numbers = [.. Enumerable.Range(0, Functions).Select(_ => random.Next(1, 1000))];
        for (int i = Functions - 1; i >= 0; i--)
        {
            results[i] = (ulong)numbers[i] + 1 + (i + 1 < Functions ? results[i + 1] : 0)
                + (i + 7 < Functions ? results[i + 7] : 0);
        }

        foreach (int i in Enumerable.Range(0, Functions).OrderBy(i => (i * 11) % Functions))
        {
            c.Label(ref starts[i]);
            c.add(rax, numbers[i]);
            Label call = c.CreateLabel();
            c.Label(ref call);
            imports.Add(call);
            c.db(0xE8, 0, 0, 0, 0);
            if (i + 7 < Functions)
            {
                c.lea(rcx, __[starts[i + 7]]);
                c.call(rcx);
            }

            if (i + 1 < Functions)
            {
                c.call(starts[i + 1]);
            }

            c.ret();
            c.nop();
            c.db(0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90);
        }

        expected = results[0];
        return ToObject(c, starts, imports);
    }

    private static byte[] ToObject(Assembler c, Label[] starts, List<Label> imports)
    {
        var stream = new MemoryStream();
        AssemblerResult result = c.Assemble(
            new StreamCodeWriter(stream), 0, BlockEncoderOptions.ReturnNewInstructionOffsets);
        var coff = new CoffObject();
        CoffSection code = coff.AddSection(".text", SectionFlags.Code, stream.ToArray());
        for (int i = 0; i < starts.Length; i++)
        {
            coff.Define($"f{i}", code, (uint)result.GetLabelRIP(starts[i]));
        }

        foreach (Label import in imports)
        {
            coff.Relocate(code, (uint)result.GetLabelRIP(import) + 1, "import", RelocationKind.Relative32);
        }

        return coff.ToArray();
    }
}
