// Writes ELF executables byte by byte, 32 or 64 bits wide, from the words of the specification and without the code
// under test: header, program headers, contents, section headers. The first section is the empty one, the last holds
// the names.

using System.Collections.Generic;
using System.IO;
using System.Text;

namespace MinusOne.Tests.Loading;

internal sealed class ElfWriter(bool isWide)
{
    private const uint Load = 1;

    private readonly List<(uint Type, ulong Physical, ulong Virtual, byte[] Content, ulong Memory)> _segments = [];
    private readonly List<(string Name, uint Type, byte[] Content)> _sections = [];

    public bool IsWide { get; } = isWide;

    public ulong Entry { get; set; }

    public ushort Type { get; set; } = 2;

    public ushort Machine { get; set; } = (ushort)(isWide ? 62 : 3);

    public bool HasSectionTable { get; set; } = true;

    private int HeaderBytes => IsWide ? 64 : 52;

    private int ProgramRow => IsWide ? 56 : 32;

    private int SectionRow => IsWide ? 64 : 40;

    public void Segment(ulong physical, byte[] content, ulong memory, ulong? virtualAddress = null, uint type = Load) =>
        _segments.Add((type, physical, virtualAddress ?? physical, content, memory));

    public void Section(string name, uint type, byte[] content) => _sections.Add((name, type, content));

    public byte[] ToArray()
    {
        var contents = new MemoryStream();
        int start = HeaderBytes + (_segments.Count * ProgramRow);
        ulong Place(byte[] content)
        {
            ulong offset = (ulong)(start + contents.Length);
            contents.Write(content);
            return offset;
        }

        var programs = new MemoryStream();
        foreach (var segment in _segments)
        {
            WriteProgram(new BinaryWriter(programs), segment, Place(segment.Content));
        }

        byte[] sections = HasSectionTable ? Sections(Place) : [];
        var file = new MemoryStream();
        WriteHeader(new BinaryWriter(file), (ulong)(start + contents.Length), sections.Length / SectionRow);
        file.Write(programs.ToArray());
        file.Write(contents.ToArray());
        file.Write(sections);
        return file.ToArray();
    }

    private void WriteHeader(BinaryWriter writer, ulong sections, int count)
    {
        writer.Write([0x7F, (byte)'E', (byte)'L', (byte)'F', (byte)(IsWide ? 2 : 1), 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        writer.Write(Type);
        writer.Write(Machine);
        writer.Write(1u);
        Address(writer, Entry);
        Address(writer, (ulong)HeaderBytes);
        Address(writer, count == 0 ? 0 : sections);
        writer.Write(0u);
        ushort[] halves =
        [
            (ushort)HeaderBytes, (ushort)ProgramRow, (ushort)_segments.Count, (ushort)SectionRow, (ushort)count,
            (ushort)(count == 0 ? 0 : count - 1),
        ];
        foreach (ushort half in halves)
        {
            writer.Write(half);
        }
    }

    private void WriteProgram(
        BinaryWriter writer, (uint Type, ulong Physical, ulong Virtual, byte[] Content, ulong Memory) segment,
        ulong offset)
    {
        writer.Write(segment.Type);
        if (IsWide)
        {
            writer.Write(7u);
        }

        Address(writer, offset);
        Address(writer, segment.Virtual);
        Address(writer, segment.Physical);
        Address(writer, (ulong)segment.Content.Length);
        Address(writer, segment.Memory);
        if (!IsWide)
        {
            writer.Write(7u);
        }

        Address(writer, 4096);
    }

    private byte[] Sections(System.Func<byte[], ulong> place)
    {
        var names = new MemoryStream();
        var rows = new MemoryStream();
        rows.Write(new byte[SectionRow]);
        names.WriteByte(0);
        foreach ((string name, uint type, byte[] content) in _sections)
        {
            uint at = (uint)names.Length;
            names.Write(Encoding.ASCII.GetBytes(name + '\0'));
            WriteSection(new BinaryWriter(rows), at, type, place(content), content.Length);
        }

        uint own = (uint)names.Length;
        names.Write(".shstrtab\0"u8);
        WriteSection(new BinaryWriter(rows), own, 3, place(names.ToArray()), (int)names.Length);
        return rows.ToArray();
    }

    private void WriteSection(BinaryWriter writer, uint name, uint type, ulong offset, int length)
    {
        writer.Write(name);
        writer.Write(type);
        Address(writer, 0);
        Address(writer, 0);
        Address(writer, offset);
        Address(writer, (ulong)length);
        writer.Write(0u);
        writer.Write(0u);
        Address(writer, 1);
        Address(writer, 0);
    }

    private void Address(BinaryWriter writer, ulong value)
    {
        if (IsWide)
        {
            writer.Write(value);
        }
        else
        {
            writer.Write((uint)value);
        }
    }
}
