// The screen above 4 GiB, as many laptops have it, with four times the usual pixels: what it shows is read out of the
// device's memory.

using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using MinusOne.Tests.Unit.Screen;
using Xunit;

namespace MinusOne.Tests.Boot.Before;

public sealed class ForeignScreenTests
{
    private const int Scale = 2;
    private const int Columns = ForeignScreen.Width / Scale / 8;
    private const int Rows = ForeignScreen.Height / Scale / 16;

    [Fact]
    public async Task IsWrittenToWhereverItLies()
    {
        string file = Path.Combine(Row.Repository, "out", "foreign-screen.bin");
        string disk = DiskBefore.Make(new ForeignScreen(), "foreign-screen");
        string device = ForeignScreen.Device(file);
        RunProcess run = await RunProcess.Run(
            $"hello poweroff --machine qemu --image {disk} --qemu \"{device}\"", 90, default);
        Assert.True(run.Status == 0, run.ToString());

        byte[] pixels = await File.ReadAllBytesAsync(file);
        File.Delete(file);
        var reader = new LetterReader(
            (x, y) => BitConverter.ToUInt32(pixels, (y * ForeignScreen.Pitch) + (x * sizeof(uint))), Scale);
        string[] rows = reader.Rows(Columns, Rows);
        string[] log = [.. run.Error.Split('\n').Where(line => line.Length != 0 && !line.StartsWith("run: "))];

        // From before firmware had left to the end; a quarter has gone at the top if there was more than a page.
        Assert.Contains(log[0], rows);
        Assert.Contains("Hello, world!", rows);
        Assert.Equal(log[^1], rows.Last(row => row.Length != 0));
    }
}
