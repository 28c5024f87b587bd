// Changes the compiler's object file in place: its sections may shrink, and what is in them may move or go. PE/COFF
// specification 3-5. Symbols and relocations are told by where they stand in the file.

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace MinusOne.Efi.Stubs;

internal sealed class CoffEditor
{
    private const int Executable = 0x2000_0000;
    private const int SectionHeaders = 20;
    private const int SectionHeaderSize = 40;
    private const int RelocationSize = 10;
    private const int SymbolSize = 18;
    private const int ShortName = 8;

    private readonly byte[] _file;
    private readonly int _symbols;
    private readonly int _strings;

    public CoffEditor(byte[] file)
    {
        _file = file;
        _symbols = Dword(8);
        _strings = _symbols + (Dword(12) * SymbolSize);
    }

    // By number; the first is 1.
    public IEnumerable<(int Section, string Name)> Sections()
    {
        for (int section = 1; section <= Word(2); section++)
        {
            yield return (section, SectionName(Header(section)));
        }
    }

    public int SectionNamed(string name) => Sections().Single(section => section.Name == name).Section;

    public int SectionOfCode() => Sections()
        .Single(section => (Dword(Header(section.Section) + 36) & Executable) != 0 && !Content(section.Section).IsEmpty)
        .Section;

    public Span<byte> Content(int section) => _file.AsSpan(Dword(Header(section) + 20), Dword(Header(section) + 16));

    public void Resize(int section, int size) => Put(Header(section) + 16, size);

    public void AddFlags(int section, uint flags) =>
        Put(Header(section) + 36, Dword(Header(section) + 36) | (int)flags);

    public IEnumerable<int> Relocations(int section)
    {
        int first = Dword(Header(section) + 24);
        for (int i = 0; i < Word(Header(section) + 32); i++)
        {
            yield return first + (i * RelocationSize);
        }
    }

    public int Place(int relocation) => Dword(relocation);

    public int Symbol(int relocation) => _symbols + (Dword(relocation + 4) * SymbolSize);

    public void Move(int relocation, int place) => Put(relocation, place);

    public IEnumerable<int> Symbols()
    {
        for (int symbol = _symbols; symbol < _strings; symbol += SymbolSize * (1 + _file[symbol + 17]))
        {
            yield return symbol;
        }
    }

    public string Name(int symbol) =>
        Dword(symbol) == 0 ? Text(_strings + Dword(symbol + 4), int.MaxValue) : Text(symbol, ShortName);

    public int Value(int symbol) => Dword(symbol + 8);

    // 0: undefined here; negative: no section at all.
    public int SectionOf(int symbol) => (short)Word(symbol + 12);

    public void Define(int symbol, int section, int value)
    {
        Put(symbol + 8, value);
        BinaryPrimitives.WriteInt16LittleEndian(_file.AsSpan(symbol + 12), (short)section);
    }

    private static int Header(int section) => SectionHeaders + ((section - 1) * SectionHeaderSize);

    // Eight bytes, or "/n" for a name that stands in the string table.
    private string SectionName(int header)
    {
        string name = Text(header, ShortName);
        return name[0] != '/' ? name
            : Text(
                _strings + int.Parse(name.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture), int.MaxValue);
    }

    private int Word(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_file.AsSpan(offset));

    private int Dword(int offset) => BinaryPrimitives.ReadInt32LittleEndian(_file.AsSpan(offset));

    private void Put(int offset, int value) => BinaryPrimitives.WriteInt32LittleEndian(_file.AsSpan(offset), value);

    private string Text(int offset, int most)
    {
        ReadOnlySpan<byte> text = _file.AsSpan(offset, Math.Min(most, _file.Length - offset));
        int end = text.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? text : text[..end]);
    }
}
