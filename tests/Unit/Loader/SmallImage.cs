// A PE image of 20 KB in memory and 1 KB as a file: code that gives an answer, data with three pointers, zeros, and
// relocations in two blocks, the first of which ends with words that only fill it up. PE/COFF specification 3-5.

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;

namespace MinusOne.Tests.Unit.Loader;

internal static class SmallImage
{
    public const int HeaderBytes = 0x200;
    public const int Text = 0x1000;
    public const int Data = 0x2000;
    public const int Relocations = 0x4000;
    public const int MemoryBytes = 0x5000;
    public const int Target = 0x2010;
    public const int Answer = 0x1234;

    // Where a relocation of kind 0 points.
    public const int Filled = Data;

    private const ulong Base = 0x1_4000_0000;
    private const int Pe = 0x80;
    private const int Optional = Pe + 24;
    private const int OptionalSize = 240;

    // Two in the data, and one in the code's page.
    public static int[] Pointers { get; } = [Data + 8, Data + 0x18, Text + 0x10];

    // mov eax, Answer; ret, and a pointer behind it.
    public static byte[] Code { get; } =
        [0xB8, 0x34, 0x12, 0, 0, 0xC3, .. new byte[10], .. BitConverter.GetBytes(Base + Target)];

    public static byte[] DataBytes { get; } =
    [
        .. "unmoved\0"u8, .. BitConverter.GetBytes(Base + Target),
        .. new byte[8], .. BitConverter.GetBytes(Base + Target),
    ];

    public static byte[] File { get; } = Make();

    private static byte[] Make()
    {
        byte[] blocks =
        [
            .. Block(Data, 0xA008, 0xA018, 0x0000, 0x0000), .. Block(Text, 0xA010, 0x0000),
        ];
        byte[] header = new byte[HeaderBytes];
        "MZ"u8.CopyTo(header);
        Put(header, 0x3C, Pe);
        "PE"u8.CopyTo(header.AsSpan(Pe));
        Put(header, Pe + 4, 0x0003_8664);
        Put(header, Pe + 20, OptionalSize);
        Put(header, Optional + 16, Text);
        BitConverter.TryWriteBytes(header.AsSpan(Optional + 24), Base);
        Put(header, Optional + 56, MemoryBytes);
        Put(header, Optional + 60, HeaderBytes);
        Put(header, Optional + 112 + 40, Relocations);
        Put(header, Optional + 112 + 44, blocks.Length);
        var file = new MemoryStream();
        file.Write(header);
        int section = Optional + OptionalSize;
        foreach ((int address, int size, byte[] content, uint flags) in new (int, int, byte[], uint)[]
        {
            (Text, Code.Length, Code, 0x6000_0020),
            (Data, 0x1800, DataBytes, 0xC000_0040),
            (Relocations, blocks.Length, blocks, 0x4200_0040),
        })
        {
            Put(header, section + 8, size);
            Put(header, section + 12, address);
            Put(header, section + 16, content.Length);
            Put(header, section + 20, (int)file.Length);
            Put(header, section + 36, (int)flags);
            section += 40;
            file.Write(content);
            file.Write([0xCC, 0xCC, 0xCC]); // behind a section of the file: nobody's
        }

        byte[] image = file.ToArray();
        header.CopyTo(image, 0);
        return image;
    }

    private static byte[] Block(int page, params ushort[] words)
    {
        var bytes = new List<byte>([.. BitConverter.GetBytes(page), .. BitConverter.GetBytes(8 + (2 * words.Length))]);
        foreach (ushort word in words)
        {
            bytes.AddRange(BitConverter.GetBytes(word));
        }

        return [.. bytes];
    }

    private static void Put(byte[] header, int offset, int value) =>
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(offset), value);
}
