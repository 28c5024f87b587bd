using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace MinusOne.Tests.Unit.Guests;

// A reader and loader of its own for one object file: sections laid out in unmanaged memory, relocations applied.
// PE/COFF specification 3-5.
internal sealed unsafe class LinkedObject : IDisposable
{
    private readonly byte[] _file;
    private readonly nint[] _sections;

    public LinkedObject(byte[] file)
    {
        _file = file;
        _sections = new nint[Word(2) + 1];
        for (int i = 1; i < _sections.Length; i++)
        {
            int header = Header(i);
            int size = Dword(header + 16);
            _sections[i] = (nint)NativeMemory.AlignedAlloc((nuint)size, 16);
            _file.AsSpan(Dword(header + 20), size).CopyTo(new Span<byte>((void*)_sections[i], size));
        }

        for (int i = 1; i < _sections.Length; i++)
        {
            Relocate(i);
        }
    }

    public int RelocationCount { get; private set; }

    public nint AddressOf(string name)
    {
        for (int i = 0; i < Dword(12); i++)
        {
            if (NameOf(i) == name)
            {
                return SymbolAddress(i);
            }
        }

        throw new ArgumentException(name);
    }

    public void Dispose()
    {
        foreach (nint section in _sections)
        {
            NativeMemory.AlignedFree((void*)section);
        }
    }

    private void Relocate(int section)
    {
        int header = Header(section);
        for (int i = 0; i < Word(header + 32); i++)
        {
            int entry = Dword(header + 24) + (i * 10);
            nint at = _sections[section] + Dword(entry);
            nint target = SymbolAddress(Dword(entry + 4));
            switch (Word(entry + 8))
            {
                case 1:
                    *(long*)at += target;
                    break;
                case 4:
                    // Sections may lie further apart than 32 bits reach; the code is not run, only looked at.
                    *(int*)at += (int)(target - (at + 4));
                    break;
                default:
                    throw new NotSupportedException($"relocation of type {Word(entry + 8)}");
            }

            RelocationCount++;
        }
    }

    private nint SymbolAddress(int index)
    {
        int symbol = Dword(8) + (index * 18);
        return _sections[Word(symbol + 12)] + Dword(symbol + 8);
    }

    private string NameOf(int index)
    {
        int strings = Dword(8) + (Dword(12) * 18);
        int start = strings + Dword(Dword(8) + (index * 18) + 4);
        return Encoding.ASCII.GetString(_file, start, Array.IndexOf(_file, (byte)0, start) - start);
    }

    private static int Header(int section) => 20 + ((section - 1) * 40);

    private int Word(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_file.AsSpan(offset));

    private int Dword(int offset) => BinaryPrimitives.ReadInt32LittleEndian(_file.AsSpan(offset));
}
