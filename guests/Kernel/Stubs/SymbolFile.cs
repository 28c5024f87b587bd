// The kernel's names for a debugger: an ELF file with a symbol table and no bytes, made from the linker's map. GDB
// reads the code from the guest. System V ABI, Object Files: Sections, Symbol Table.

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;

namespace MinusOne.Guests.Kernel.Stubs;

internal static partial class SymbolFile
{
    private const string Prefix = "zero_MinusOne_Guests_Kernel_";
    private const int HeaderBytes = 64;
    private const int SectionBytes = 64;
    private const int SymbolBytes = 24;
    private const ushort Executable = 2;
    private const ushort X64 = 62;
    private const uint Symbols = 2, Strings = 3, NoBytes = 8;
    private const ulong Allocated = 2, Writable = 1, Code = 4;
    private const byte Global = 0x10, Object = 1, Function = 2;

    public static byte[] Make(string map, ulong imageBase, ulong imageEnd)
    {
        Named[] names = [.. map.Split('\n').Select(Read).OfType<Named>().Where(name => name.Address != 0)];
        ulong dataStart = names.Where(name => !name.IsCode).Select(name => name.Address).DefaultIfEmpty(imageEnd).Min();
        var strings = new List<byte> { 0 };
        var table = new List<byte>(new byte[SymbolBytes]);
        foreach (Named name in names)
        {
            byte[] entry = new byte[SymbolBytes];
            BinaryPrimitives.WriteInt32LittleEndian(entry, Add(strings, name.Name));
            entry[4] = (byte)(Global | (name.IsCode ? Function : Object));
            entry[6] = (byte)(name.IsCode ? 1 : 2);
            BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(8), name.Address);
            table.AddRange(entry);
        }

        var sectionNames = new List<byte> { 0 };
        Section[] sections =
        [
            new(Add(sectionNames, ".text"), NoBytes, Allocated | Code, imageBase, [], dataStart - imageBase, 0),
            new(Add(sectionNames, ".data"), NoBytes, Allocated | Writable, dataStart, [], imageEnd - dataStart, 0),
            new(Add(sectionNames, ".symtab"), Symbols, 0, 0, [.. table], 0, 4),
            new(Add(sectionNames, ".strtab"), Strings, 0, 0, [.. strings], 0, 0),
            new(Add(sectionNames, ".shstrtab"), Strings, 0, 0, sectionNames, 0, 0),
        ];
        return Assemble(sections, imageBase);
    }

    private static byte[] Assemble(Section[] sections, ulong entry)
    {
        ulong at = HeaderBytes + (SectionBytes * ((ulong)sections.Length + 1));
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write([0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        writer.Write(Executable);
        writer.Write(X64);
        writer.Write(1);
        writer.Write(entry);
        writer.Write(0UL);
        writer.Write((ulong)HeaderBytes);
        writer.Write(0);
        writer.Write((ushort)HeaderBytes);
        writer.Write(0U);
        writer.Write((ushort)SectionBytes);
        writer.Write((ushort)(sections.Length + 1));
        writer.Write((ushort)sections.Length);
        writer.Write(new byte[SectionBytes]);
        foreach (Section section in sections)
        {
            section.Write(writer, at);
            at += (ulong)section.Bytes.Count;
        }

        Array.ForEach(sections, section => writer.Write([.. section.Bytes]));
        return file.ToArray();
    }

    private static Named? Read(string line)
    {
        Match match = Line().Match(line);
        string name = match.Groups["name"].Value;
        bool isCode = match.Groups["section"].Value == "0001", isData = match.Groups["section"].Value == "0003";
        return match.Success && (isCode || isData)
            ? new(
                name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name,
                ulong.Parse(match.Groups["address"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                isCode)
            : null;
    }

    private static int Add(List<byte> strings, string text)
    {
        int start = strings.Count;
        strings.AddRange(Encoding.UTF8.GetBytes(text + "\0"));
        return start;
    }

    [GeneratedRegex(@"^ (?<section>[0-9a-f]{4}):[0-9a-f]{8}\s+(?<name>\S+)\s+(?<address>[0-9a-f]{16})\s")]
    private static partial Regex Line();

    private sealed record Named(string Name, ulong Address, bool IsCode);

    private sealed record Section(
        int Name, uint Type, ulong Flags, ulong Address, IReadOnlyCollection<byte> Bytes, ulong Size, uint Link)
    {
        public void Write(BinaryWriter writer, ulong at)
        {
            writer.Write(Name);
            writer.Write(Type);
            writer.Write(Flags);
            writer.Write(Address);
            writer.Write(at);
            writer.Write(Size + (ulong)Bytes.Count);
            writer.Write(Link);
            writer.Write(Type == Symbols ? 1 : 0);
            writer.Write(1UL);
            writer.Write(Type == Symbols ? (ulong)SymbolBytes : 0);
        }
    }
}
