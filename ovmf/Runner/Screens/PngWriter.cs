// A picture as PNG, in the simplest form the standard allows: 8 bits a colour, no filter, one data chunk. RFC 2083.

using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;

namespace MinusOne.Ovmf.Runner.Screens;

internal static class PngWriter
{
    private const int HeaderLength = 13;
    private const byte BitsPerColour = 8;
    private const byte TrueColour = 2;
    private const uint CrcPolynomial = 0xEDB88320;

    public static byte[] Write(Picture picture)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        header.Clear();
        BinaryPrimitives.WriteInt32BigEndian(header, picture.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], picture.Height);
        header[8] = BitsPerColour;
        header[9] = TrueColour;

        var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        WriteChunk(png, "IHDR"u8, header);
        WriteChunk(png, "IDAT"u8, Compress(picture));
        WriteChunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    // Each row begins with the number of its filter; 0 is none.
    private static byte[] Compress(Picture picture)
    {
        int rowLength = picture.Width * Picture.BytesPerPixel;
        var compressed = new MemoryStream();
        using (var stream = new ZLibStream(compressed, CompressionLevel.Optimal))
        {
            for (int row = 0; row < picture.Height; row++)
            {
                stream.WriteByte(0);
                stream.Write(picture.Pixels, row * rowLength, rowLength);
            }
        }

        return compressed.ToArray();
    }

    private static void WriteChunk(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, type), data));
        png.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (CrcPolynomial & (0u - (crc & 1)));
            }
        }

        return crc;
    }
}
