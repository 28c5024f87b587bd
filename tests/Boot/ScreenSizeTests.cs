// Pictures of the sizes that the README shows, read letter by letter: the larger one has letters twice as large, and so
// as many of them.

using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;
using System.Threading.Tasks;
using MinusOne.Tests.Unit.Screen;
using Xunit;

namespace MinusOne.Tests.Boot;

public sealed class ScreenSizeTests : IDisposable
{
    private const int Columns = 1920 / 8;
    private const int Rows = 1080 / 16;
    private const int WidthOffset = 16, HeightOffset = 20, DataOffset = 41;
    private const int BytesPerPixel = 3;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("1920x1080", 1)]
    [InlineData("3840x2160", 2)]
    public async Task IsReadable(string size, int scale)
    {
        string file = Path.Combine(_folder.FullName, "screen.png");
        RunProcess run = await RunProcess.Run(
            $"kernel --machine qemu --screen {size} --screenshot {file}", 90, "selftest\npoweroff\n"u8.ToArray(),
            _folder.FullName);
        Assert.True(run.Status == 0, run.ToString());
        byte[] png = await File.ReadAllBytesAsync(file);
        int width = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(WidthOffset));
        int height = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(HeightOffset));
        Assert.Equal(size, $"{width}x{height}");

        // The runner's pictures have one chunk of data, and no filter before their lines.
        int pitch = 1 + (width * BytesPerPixel);
        byte[] pixels = new byte[pitch * height];
        var chunk = new MemoryStream(png, DataOffset, png.Length - DataOffset);
        await using var data = new ZLibStream(chunk, CompressionMode.Decompress);
        await data.ReadExactlyAsync(pixels);
        string[] rows = new LetterReader(
            (x, y) =>
            {
                int at = (y * pitch) + 1 + (x * BytesPerPixel);
                return (uint)((pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2]);
            },
            scale).Rows(Columns, Rows);
        Assert.Contains("20 passed, 0 failed", rows);
        Assert.Contains("minusone: result status=0 end=as-expected", rows);
        Assert.DoesNotContain(LetterReader.NotALetter, string.Concat(rows));
    }

    // Firmware has no such picture: it is said, and the run goes on.
    [Fact]
    public async Task AnotherSizeIsNotToBeHad()
    {
        RunProcess run = await RunProcess.Run("hello --machine qemu --screen 1921x1081", 60, default);
        Assert.True(run.Status == 0, run.ToString());
        Assert.Contains("screen = 1921x1081: firmware has no picture of this size; it stays as it is", run.Error);
    }
}
