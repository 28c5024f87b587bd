// Writes a COFF object file: sections, symbols, relocations. PE/COFF specification 3-5. Only what our two inputs to the
// linker need: no line numbers, no debug information, at most 65,535 relocations a section.

using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace MinusOne.Efi.Stubs;

internal sealed class CoffObject
{
    private const ushort MachineAmd64 = 0x8664;
    private const byte StorageClassExternal = 2;
    private const int HeaderSize = 20;
    private const int SectionHeaderSize = 40;
    private const int SectionNameSize = 8;
    private const int RelocationSize = 10;

    private readonly List<CoffSection> _sections = [];
    private readonly List<(string Name, int Section, uint Value)> _symbols = [];

    public CoffSection AddSection(string name, SectionFlags flags, byte[] content)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, SectionNameSize);
        var section = new CoffSection(_sections.Count + 1, name, flags, content);
        _sections.Add(section);
        return section;
    }

    // A symbol that was referred to before is defined in its place.
    public void Define(string name, CoffSection section, uint offset) =>
        _symbols[SymbolIndex(name)] = (name, section.Number, offset);

    public void Relocate(CoffSection section, uint offset, string symbol, RelocationKind kind) =>
        section.Relocations.Add((offset, SymbolIndex(symbol), kind));

    // C# imports functions, not data: this one returns where the symbol is.
    public void AddAddressFunction(string name, string symbol)
    {
        // lea rax, [rip + symbol]; ret
        CoffSection text = AddSection(".text", SectionFlags.Code, [0x48, 0x8D, 0x05, 0, 0, 0, 0, 0xC3]);
        Define(name, text, 0);
        Relocate(text, 3, symbol, RelocationKind.Relative32);
    }

    public byte[] ToArray()
    {
        var stream = new MemoryStream();
        var writer = new BinaryWriter(stream);
        int position = HeaderSize + (_sections.Count * SectionHeaderSize);
        var placed = new List<(int Content, int Relocations)>();
        foreach (CoffSection section in _sections)
        {
            int relocations = position + section.Content.Length;
            placed.Add((position, relocations));
            position = relocations + (section.Relocations.Count * RelocationSize);
        }

        WriteHeader(writer, position);
        for (int i = 0; i < _sections.Count; i++)
        {
            WriteSectionHeader(writer, _sections[i], placed[i]);
        }

        foreach (CoffSection section in _sections)
        {
            writer.Write(section.Content);
            foreach ((uint offset, int symbol, RelocationKind kind) in section.Relocations)
            {
                writer.Write(offset);
                writer.Write(symbol);
                writer.Write((ushort)kind);
            }
        }

        WriteSymbols(writer);
        return stream.ToArray();
    }

    // The index of the symbol, declared as undefined here if nobody has defined it.
    private int SymbolIndex(string name)
    {
        int index = _symbols.FindIndex(symbol => symbol.Name == name);
        if (index < 0)
        {
            _symbols.Add((name, 0, 0));
            index = _symbols.Count - 1;
        }

        return index;
    }

    private void WriteHeader(BinaryWriter writer, int symbolTable)
    {
        writer.Write(MachineAmd64);
        writer.Write((ushort)_sections.Count);
        writer.Write(0); // no time stamp: two builds are identical
        writer.Write(symbolTable);
        writer.Write(_symbols.Count);
        writer.Write((ushort)0);
        writer.Write((ushort)0);
    }

    private static void WriteSectionHeader(
        BinaryWriter writer, CoffSection section, (int Content, int Relocations) placed)
    {
        writer.Write(Encoding.ASCII.GetBytes(section.Name.PadRight(SectionNameSize, '\0')));
        writer.Write(0);
        writer.Write(0);
        writer.Write(section.Content.Length);
        writer.Write(section.Content.Length == 0 ? 0 : placed.Content);
        writer.Write(section.Relocations.Count == 0 ? 0 : placed.Relocations);
        writer.Write(0);
        writer.Write(checked((ushort)section.Relocations.Count));
        writer.Write((ushort)0);
        writer.Write((uint)section.Flags);
    }

    // Every name goes to the string table: simpler than the short form, and nobody counts these bytes.
    private void WriteSymbols(BinaryWriter writer)
    {
        var strings = new MemoryStream();
        foreach ((string name, int section, uint value) in _symbols)
        {
            writer.Write(0);
            writer.Write(4 + (int)strings.Length);
            writer.Write(value);
            writer.Write((short)section);
            writer.Write((ushort)0);
            writer.Write(StorageClassExternal);
            writer.Write((byte)0);
            strings.Write(Encoding.ASCII.GetBytes(name + '\0'));
        }

        writer.Write(4 + (int)strings.Length);
        writer.Write(strings.ToArray());
    }
}
