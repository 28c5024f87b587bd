// Headers of multiboot 2 kernels, from the specification's words, and the ELF note of PVH.

using System;
using System.Collections.Generic;
using System.IO;

namespace MinusOne.Tests.Loading;

internal static class Multiboot2Writer
{
    public const uint Magic = 0xE85250D6;

    public static byte[] Header(params byte[][] tags) => Header(0, tags);

    // Each tag 8-aligned, and the one that ends them.
    public static byte[] Header(uint architecture, byte[][] tags)
    {
        var content = new MemoryStream();
        foreach (byte[] tag in (byte[][])[.. tags, Tag(0)])
        {
            content.Write(tag);
            content.Write(new byte[-tag.Length & 7]);
        }

        uint length = 16 + (uint)content.Length;
        byte[] start = Words(Magic, architecture, length, unchecked(0u - Magic - architecture - length));
        return [.. start, .. content.ToArray()];
    }

    public static byte[] Tag(ushort type, params uint[] words) => Tag(type, false, words);

    public static byte[] Tag(ushort type, bool isOptional, params uint[] words) =>
        [.. Words(type | (isOptional ? 0x10000u : 0), 8 + (4 * (uint)words.Length)), .. Words(words)];

    // A file whose first byte goes to `load`, with the header in front.
    public static byte[] Flat(int length, uint load, uint bssEnd, uint entry, params byte[][] tags)
    {
        byte[] file = new byte[length];
        new Random(length).NextBytes(file);
        Header([Tag(2, load, load, 0, bssEnd), Tag(3, entry), .. tags]).CopyTo(file, 0);
        return file;
    }

    public static byte[] Note(string name, uint type, params byte[] content)
    {
        byte[] text = [.. System.Text.Encoding.ASCII.GetBytes(name), 0];
        return
        [
            .. Words((uint)text.Length, (uint)content.Length, type), .. text, .. new byte[-text.Length & 3], .. content,
            .. new byte[-content.Length & 3],
        ];
    }

    private static byte[] Words(params uint[] words)
    {
        var bytes = new List<byte>();
        Array.ForEach(words, word => bytes.AddRange(BitConverter.GetBytes(word)));
        return [.. bytes];
    }
}
