// Headers of multiboot kernels, from the specification's words.

using System;
using System.Buffers.Binary;

namespace MinusOne.Tests.Loading;

internal static class MultibootWriter
{
    public const uint Magic = 0x1BADB002;
    public const uint AddressFields = 0x10000;

    // Three words, or eight with addresses: header, load, load end, bss end, entry.
    public static byte[] Header(uint flags, params uint[] addresses)
    {
        byte[] header = new byte[12 + (4 * addresses.Length)];
        uint[] words = [Magic, flags, unchecked(0u - Magic - flags), .. addresses];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4 * i), words[i]);
        }

        return header;
    }

    // A file whose first byte goes to `load`, with the header `offset` bytes behind it.
    public static byte[] Flat(
        int length, int offset, uint load, uint loadEnd, uint bssEnd, uint entry, uint flags = AddressFields)
    {
        byte[] file = new byte[length];
        new Random(length).NextBytes(file);
        file.AsSpan(0, Math.Min(length, 8192)).Fill(0x90);
        byte[] header = Header(flags, load + (uint)offset, load, loadEnd, bssEnd, entry);
        header.CopyTo(file, offset);
        return file;
    }
}
