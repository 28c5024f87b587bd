// An image as it lies in memory, made from the linker's PE file: its first page, where the PE headers were, is free for
// a table of the image's parts and for code that starts it. Sections begin at pages; what is zero from the start is not
// in the file.

using System;
using System.Buffers.Binary;
using System.IO;

namespace MinusOne.Guests.Kernel.Stubs;

internal sealed class FlatImage
{
    public const int Page = 0x1000;

    // The table: the ends of code, of read-only data, of what the file holds, of all; and the entry point.
    public const int TableOffset = 0x30;

    private const int OptionalHeader = 24;
    private const int SectionHeader = 40;
    private const uint Executable = 0x2000_0000;
    private const uint Writable = 0x8000_0000;

    private readonly byte[] _pe;
    private readonly int _header;

    private FlatImage(byte[] pe)
    {
        _pe = pe;
        _header = (int)Dword(0x3C);
        Base = BinaryPrimitives.ReadUInt64LittleEndian(_pe.AsSpan(_header + OptionalHeader + 24));
        Entry = Base + Dword(_header + OptionalHeader + 16);
        Bytes = new byte[Page];
        CodeEnd = ReadOnlyEnd = End = Base + Page;
        int sections = BinaryPrimitives.ReadUInt16LittleEndian(_pe.AsSpan(_header + 6));
        int first = _header + OptionalHeader + BinaryPrimitives.ReadUInt16LittleEndian(_pe.AsSpan(_header + 20));
        for (int i = 0; i < sections; i++)
        {
            Add(first + (i * SectionHeader));
        }
    }

    public ulong Base { get; }

    public ulong Entry { get; }

    public byte[] Bytes { get; private set; }

    public ulong CodeEnd { get; private set; }

    public ulong ReadOnlyEnd { get; private set; }

    public ulong FileEnd => Base + (ulong)Bytes.Length;

    public ulong End { get; private set; }

    public static FlatImage Read(byte[] pe) => new(pe);

    // The finished file: `start` is what stands in the first page besides the table.
    public byte[] ToArray(ulong end, ReadOnlySpan<byte> start)
    {
        start.CopyTo(Bytes);
        ulong[] table = [CodeEnd, ReadOnlyEnd, FileEnd, end, Entry];
        for (int i = 0; i < table.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(Bytes.AsSpan(TableOffset + (8 * i)), table[i]);
        }

        return Bytes;
    }

    private void Add(int section)
    {
        int size = (int)Dword(section + 8);
        int address = (int)Dword(section + 12);
        int inFile = Math.Min((int)Dword(section + 16), size);
        uint flags = Dword(section + 36);
        if (Base + (ulong)address < End)
        {
            throw new InvalidDataException("sections are out of order");
        }

        byte[] bytes = Bytes;
        Array.Resize(ref bytes, address + inFile);
        _pe.AsSpan((int)Dword(section + 20), inFile).CopyTo(bytes.AsSpan(address));
        Bytes = bytes;
        ulong end = Base + (ulong)(address + size);
        End = end;
        if ((flags & Writable) == 0)
        {
            end = (end + Page - 1) & ~(Page - 1ul);
            CodeEnd = (flags & Executable) != 0 ? end : CodeEnd;
            ReadOnlyEnd = end;
        }
    }

    private uint Dword(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_pe.AsSpan(offset));
}
