// Loads a COFF object file into executable memory: places its sections one after the other, puts the code it imports
// behind them, and applies its relocations. PE/COFF specification 3-5. Independent of the writer and reader in
// efi/Stubs.

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace MinusOne.Tests.Unit.Native;

internal sealed unsafe class LoadedObject : IDisposable
{
    private const int Alignment = 64;
    private const uint Uninitialised = 0x80;

    private readonly byte[] _file;
    private readonly CodeMemory _memory;
    private readonly List<uint> _sections = [];
    private readonly Dictionary<string, uint> _names = [];
    private readonly List<(string Name, uint? Offset)> _symbols = [];

    // An import is machine code that does not depend on where it stands.
    public LoadedObject(byte[] file, Dictionary<string, byte[]> imports)
    {
        _file = file;
        uint size = PlaceSections();
        _memory = new CodeMemory((int)size + imports.Values.Sum(code => code.Length + Alignment));
        foreach ((string name, byte[] code) in imports)
        {
            code.CopyTo(_memory.Bytes[(int)size..]);
            _names.Add(name, size);
            size += Aligned(code.Length);
        }

        ReadSymbols();
        for (int i = 0; i < _sections.Count; i++)
        {
            Fill(i);
        }
    }

    public IEnumerable<string> Names => _names.Keys;

    public Span<byte> Bytes => _memory.Bytes;

    public byte* this[string name] => _memory.Address + _names[name];

    public void Dispose() => _memory.Dispose();

    private uint PlaceSections()
    {
        uint size = 0;
        for (int i = 0; i < Word(2); i++)
        {
            _sections.Add(size);
            size += Aligned(Dword(Header(i) + 16));
        }

        return size;
    }

    private void ReadSymbols()
    {
        int table = Dword(8);
        int strings = table + (Dword(12) * 18);
        for (int i = 0; i < Dword(12); i++)
        {
            int symbol = table + (i * 18);
            string name = Dword(symbol) == 0 ? Text(strings + Dword(symbol + 4), 4096) : Text(symbol, 8);
            int section = (short)Word(symbol + 12);
            uint? offset = section > 0 ? _sections[section - 1] + (uint)Dword(symbol + 8)
                : _names.TryGetValue(name, out uint import) ? import : null;
            _symbols.Add((name, offset));
            if (offset is not null)
            {
                _names[name] = offset.Value;
            }

            for (int auxiliary = _file[symbol + 17]; auxiliary > 0; auxiliary--, i++)
            {
                _symbols.Add(("auxiliary", null));
            }
        }
    }

    private void Fill(int section)
    {
        int header = Header(section);
        if (((uint)Dword(header + 36) & Uninitialised) == 0)
        {
            _file.AsSpan(Dword(header + 20), Dword(header + 16)).CopyTo(_memory.Bytes[(int)_sections[section]..]);
        }

        for (int i = 0; i < Word(header + 32); i++)
        {
            int relocation = Dword(header + 24) + (i * 10);
            (string name, uint? target) = _symbols[Dword(relocation + 4)];
            Relocate(_sections[section] + (uint)Dword(relocation), Word(relocation + 8),
                target ?? throw new InvalidOperationException($"{name} is undefined"));
        }
    }

    private void Relocate(uint place, int kind, uint target)
    {
        byte* field = _memory.Address + place;
        switch (kind)
        {
            case 1: // 64-bit address
                *(ulong*)field += (ulong)_memory.Address + target;
                break;
            case 3: // 32-bit address relative to the image
                *(uint*)field += target;
                break;
            case >= 4 and <= 9: // relative to the byte behind the field, or up to five bytes further
                *(uint*)field += target - (place + (uint)kind);
                break;
            default:
                throw new NotSupportedException($"relocation kind {kind}");
        }
    }

    private static uint Aligned(int size) => ((uint)size + Alignment - 1) & ~(Alignment - 1u);

    private static int Header(int section) => 20 + (section * 40);

    private int Word(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_file.AsSpan(offset));

    private int Dword(int offset) => BinaryPrimitives.ReadInt32LittleEndian(_file.AsSpan(offset));

    private string Text(int offset, int most) =>
        Encoding.ASCII.GetString(_file, offset, Math.Min(most, Array.IndexOf(_file, (byte)0, offset) - offset));
}
