// Takes out of the compiler's object what only a runtime would read: unwind tables (nobody catches an exception) and
// the list of modules with its maps. The sections are marked for removal, and the linker leaves them and all that only
// they need.

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace MinusOne.Efi.Stubs;

internal static class ObjectStripper
{
    private const int SectionHeaders = 20;
    private const int SectionHeaderSize = 40;
    private const int Characteristics = 36;
    private const uint LinkRemove = 0x0000_0800;
    private const int SymbolSize = 18;
    private const int SectionNumber = 12;
    private const int AuxiliaryCount = 17;
    private const short Absolute = -1;

    private static readonly string[] s_removed = [".pdata", ".xdata", ".modules$I"];

    public static void Strip(byte[] file)
    {
        int sections = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(2));
        int symbols = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(8));
        int count = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(12));
        var removed = new HashSet<short>();
        for (int i = 0; i < sections; i++)
        {
            Span<byte> header = file.AsSpan(SectionHeaders + (i * SectionHeaderSize), SectionHeaderSize);
            if (Array.IndexOf(s_removed, NameOf(file, header, symbols + (SymbolSize * count))) >= 0)
            {
                Span<byte> flags = header[Characteristics..];
                BinaryPrimitives.WriteUInt32LittleEndian(
                    flags, BinaryPrimitives.ReadUInt32LittleEndian(flags) | LinkRemove);
                removed.Add((short)(i + 1));
            }
        }

        MakeAbsolute(file.AsSpan(symbols, SymbolSize * count), removed);
    }

    // Their symbols become plain numbers: the linker does not expect a symbol without its section.
    private static void MakeAbsolute(Span<byte> table, HashSet<short> removed)
    {
        for (int i = 0; i < table.Length; i += SymbolSize * (1 + table[i + AuxiliaryCount]))
        {
            if (removed.Contains(BinaryPrimitives.ReadInt16LittleEndian(table[(i + SectionNumber)..])))
            {
                BinaryPrimitives.WriteInt16LittleEndian(table[(i + SectionNumber)..], Absolute);
            }
        }
    }

    // Eight bytes, or "/n" for a name that stands in the string table.
    private static string NameOf(byte[] file, Span<byte> header, int strings)
    {
        string name = Encoding.ASCII.GetString(header[..8]).TrimEnd('\0');
        if (name[0] != '/')
        {
            return name;
        }

        int start = strings + int.Parse(name.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture);
        int end = Array.IndexOf(file, (byte)0, start);
        return Encoding.ASCII.GetString(file, start, end - start);
    }
}
