// Reads what the gate wants to know of an object file: its symbols and its executable sections. PE/COFF specification
// 3-5.

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace MinusOne.Efi.Stubs;

internal sealed class CoffReader
{
    private const uint Executable = 0x2000_0000;

    // The first relocation then holds the number of all.
    private const uint ManyRelocations = 0x0100_0000;
    private const int SectionHeaders = 20;
    private const int SectionHeaderSize = 40;
    private const int SymbolSize = 18;
    private const int RelocationSize = 10;

    private readonly byte[] _file;
    private readonly Dictionary<int, string> _names = [];

    public CoffReader(byte[] file)
    {
        _file = file;
        ReadSymbols();
    }

    // Section 0 is "undefined here".
    public List<(string Name, int Section, int Value)> Symbols { get; } = [];

    public IEnumerable<(int Number, byte[] Code)> CodeSections()
    {
        int count = Word(2);
        for (int i = 0; i < count; i++)
        {
            int header = SectionHeaders + (i * SectionHeaderSize);
            if (((uint)Dword(header + 36) & Executable) != 0)
            {
                yield return (i + 1, _file.AsSpan(Dword(header + 20), Dword(header + 16)).ToArray());
            }
        }
    }

    // The symbol that each relocated place of a section names.
    public IReadOnlyDictionary<int, string> References(int section)
    {
        var references = new Dictionary<int, string>();
        int header = SectionHeaders + ((section - 1) * SectionHeaderSize);
        int count = Word(header + 32);
        int table = Dword(header + 24);
        if (count == ushort.MaxValue && ((uint)Dword(header + 36) & ManyRelocations) != 0)
        {
            count = Dword(table);
        }

        for (int i = 0; i < count; i++)
        {
            int relocation = table + (i * RelocationSize);
            if (_names.TryGetValue(Dword(relocation + 4), out string? name))
            {
                references.TryAdd(Dword(relocation), name);
            }
        }

        return references;
    }

    private void ReadSymbols()
    {
        int table = Dword(8);
        int count = Dword(12);
        int strings = table + (count * SymbolSize);
        for (int i = 0; i < count; i++)
        {
            int symbol = table + (i * SymbolSize);
            string name = Dword(symbol) == 0
                ? Text(strings + Dword(symbol + 4), int.MaxValue)
                : Text(symbol, 8);
            _names.Add(i, name);
            Symbols.Add((name, (short)Word(symbol + 12), Dword(symbol + 8)));
            i += _file[symbol + 17];
        }
    }

    private int Word(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_file.AsSpan(offset));

    private int Dword(int offset) => BinaryPrimitives.ReadInt32LittleEndian(_file.AsSpan(offset));

    private string Text(int offset, int most)
    {
        int end = offset;
        while (end - offset < most && _file[end] != 0)
        {
            end++;
        }

        return Encoding.ASCII.GetString(_file, offset, end - offset);
    }
}
