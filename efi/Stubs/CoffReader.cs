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
    private const int SectionHeaders = 20;
    private const int SectionHeaderSize = 40;
    private const int SymbolSize = 18;

    private readonly byte[] _file;

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
