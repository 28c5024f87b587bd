// Pictures survive the way from a screen to a PNG file; the PNG is taken apart again as the standard says.

extern alias runner;

using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using runner::MinusOne.Ovmf.Runner.Screens;
using Xunit;

namespace MinusOne.Tests.Unit.Runner;

public sealed class PictureTests
{
    [Fact]
    public void WritesPng()
    {
        byte[] pixels = [.. Enumerable.Range(0, 3 * 2 * Picture.BytesPerPixel).Select(i => (byte)(i * 13))];
        byte[] png = PngWriter.Write(new Picture(3, 2, pixels));

        Assert.Equal("\x89PNG\r\n\x1A\n", Encoding.Latin1.GetString(png, 0, 8));
        int header = 8 + 8;
        Assert.Equal(3, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(header)));
        Assert.Equal(2, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(header + 4)));
        Assert.Equal([8, 2, 0, 0, 0], png[(header + 8)..(header + 13)]);

        int data = header + 13 + 4;
        int length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(data));
        Assert.Equal("IDAT", Encoding.ASCII.GetString(png, data + 4, 4));
        using var stream = new ZLibStream(new MemoryStream(png, data + 8, length), CompressionMode.Decompress);
        var rows = new MemoryStream();
        stream.CopyTo(rows);
        Assert.Equal([0, .. pixels[..9], 0, .. pixels[9..]], rows.ToArray());
        Assert.Equal([0, 0, 0, 0, (byte)'I', (byte)'E', (byte)'N', (byte)'D', 0xAE, 0x42, 0x60, 0x82], png[^12..]);
    }

    [Fact]
    public void ReadsPpm()
    {
        Picture picture = PortablePixmap.Read([.. "P6\n2 1\n255\n"u8, 1, 2, 3, 4, 5, 6]);
        Assert.Equal((2, 1), (picture.Width, picture.Height));
        Assert.Equal([1, 2, 3, 4, 5, 6], picture.Pixels);
    }

    [Theory]
    [InlineData("")]
    [InlineData("P6\n2 1\n255\n")]
    [InlineData("P5\n1 1\n255\nxxx")]
    [InlineData("P6\n1 1\n65535\nxxxxxx")]
    public void RefusesOtherFiles(string file) =>
        Assert.Throws<InvalidDataException>(() => PortablePixmap.Read(Encoding.ASCII.GetBytes(file)));

    [Fact]
    public void CutsTheScreenOutOfTheFrameOfBochs()
    {
        var screen = new FrameBuffer(2, 32 + 2 + 18);
        screen.Draw(0, 0, 2, new byte[2 * 52].AsSpan());
        screen.Draw(1, 33, 5, [0b11_000_111, 9, 9, 9, 9, 0, 0, 0, 0, 0]);
        screen.Draw(7, 99, 1, [1]);
        Picture picture = screen.ToPicture()!;
        Assert.Equal((2, 2), (picture.Width, picture.Height));
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 255], picture.Pixels);
        Assert.Null(new FrameBuffer(720, 50).ToPicture());
    }
}
