// The stubs' object file in executable memory, with privileged instructions replaced by harmless ones.

extern alias stubs;

using System;
using System.Collections.Generic;
using System.Linq;
using Iced.Intel;
using MinusOne.Tests.Unit.Native;
using stubs::MinusOne.Efi.Stubs;

namespace MinusOne.Tests.Unit.Stubs;

internal sealed unsafe class PatchedStubs : IDisposable
{
    // CF alone, ZF alone, and neither, as the VMX instructions leave them.
    public static readonly byte[] SetCarry = [0x83, 0xFC, 0xFF]; // cmp esp, -1
    public static readonly byte[] SetZero = [0x39, 0xC0]; // cmp eax, eax
    public static readonly byte[] SetNeither = [0x48, 0x85, 0xE4]; // test rsp, rsp

    private const byte NoOperation = 0x90;

    // The place at which Enter has left it.
    private const int StackOfExit = -0x68;

    private readonly LoadedObject _code;

    // Imports that a test does not give end in UD2.
    public PatchedStubs(Dictionary<string, byte[]> imports)
    {
        string[] names = [.. StubCode.Image.References.Select(reference => reference.Name), "__ImageBase"];
        IEnumerable<string> own = StubCode.Image.Tables.Select(table => table.Name)
            .Concat(StubCode.Image.Constants.Select(constant => constant.Name)).Concat(StubCode.Names);
        foreach (string name in names.Except(own))
        {
            imports.TryAdd(name, [0x0F, 0x0B]);
        }

        _code = new LoadedObject(StubCode.Image.ToObject(), imports);
    }

    public byte* this[string name] => _code[name];

    // Every such instruction of the stub becomes the given bytes, filled up with NOPs.
    public void Patch(string stub, Mnemonic mnemonic, ReadOnlySpan<byte> code) =>
        Patch(stub, one => one.Mnemonic == mnemonic, code);

    public void Patch(string stub, Predicate<Instruction> condition, ReadOnlySpan<byte> code)
    {
        foreach (Instruction place in Find(stub, condition))
        {
            Span<byte> bytes = new(this["StubsBase"] + place.IP, Math.Max(place.Length, code.Length));
            bytes.Fill(NoOperation);
            code.CopyTo(bytes);
        }
    }

    // The instruction becomes a jump, over as many bytes as that takes.
    public void PatchJump(string stub, Mnemonic mnemonic, string target)
    {
        Instruction place = Find(stub, one => one.Mnemonic == mnemonic).Single();
        byte* from = this["StubsBase"] + place.IP;
        Patch(stub, mnemonic, [0xE9, .. BitConverter.GetBytes((int)(this[target] - (from + 5)))]);
    }

    public void Dispose() => _code.Dispose();

    private static HashSet<Instruction> Find(string stub, Predicate<Instruction> condition)
    {
        var places = new HashSet<Instruction>();
        var state = new SymbolicState();
        state[Register.RSP] += stub == "Exit" ? StackOfExit : 0;
        _ = StubCode.Machine.Run(StubCode.OffsetOf(stub), state, (instruction, _) => places.Add(instruction)).Count();
        places.RemoveWhere(place => !condition(place));
        return places.Count > 0 ? places : throw new InvalidOperationException($"{stub} has no such instruction");
    }
}
