// The files that a run leaves for its user: the log as it was shown, and a picture of the machine's screen.

using System;
using System.Buffers.Binary;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot;

public sealed class FilesTests : IDisposable
{
    private const int WidthOffset = 16;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-");

    public void Dispose() => _folder.Delete(recursive: true);

    // A file that is there is found before the address is looked at.
    [Theory]
    [InlineData("--kernel ours --entry none", "run: 'none' is not an address; --entry takes for example 0x200000\n")]
    [InlineData("--kernel out/BOOTX64.EFI", "run: no file 'out/BOOTX64.EFI'; --kernel takes the path of one\n")]
    public async Task PathsBeginInTheCallersFolder(string arguments, string answer)
    {
        await File.WriteAllBytesAsync(Path.Combine(_folder.FullName, "ours"), [0xF4]);
        RunProcess run = await RunProcess.Run(arguments, 10, default, _folder.FullName);
        Assert.Equal((2, answer), (run.Status, run.Error));
    }

    [Fact]
    public async Task LogAndScreenshot()
    {
        string picture = Path.Combine(_folder.FullName, "screen.png");
        RunProcess run = await RunProcess.Run(
            $"hello --machine bochs --log log --screenshot {picture}", 120, default, _folder.FullName);
        Assert.True(run.Status == 0, run.ToString());
        string[] shown = [.. run.Error.Split('\n').Where(line => line.Length > 0 && !line.StartsWith("run: "))];
        Assert.Equal(shown, await File.ReadAllLinesAsync(Path.Combine(_folder.FullName, "log")));

        byte[] png = await File.ReadAllBytesAsync(picture);
        Assert.True(png.AsSpan(1).StartsWith("PNG\r\n\x1A\n"u8));
        Assert.InRange(BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(WidthOffset)), 640, 4096);
        Assert.Equal(2, _folder.GetFiles().Length);
    }
}
