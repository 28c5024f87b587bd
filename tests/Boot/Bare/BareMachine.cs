// A PC as QEMU has it when nobody runs it for us: without serial ports, with a keyboard and a screen, which are all
// there is. Its disk is the image that a user copies to a stick, with a configuration.

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using MinusOne.Tests.Unit.Screen;
using Xunit;

namespace MinusOne.Tests.Boot.Bare;

internal sealed class BareMachine : IDisposable
{
    private const int Columns = 160;
    private const int Rows = 50;
    private const int BytesPerPixel = 3;

    // The image maker puts the only partition there.
    private const int PartitionOffset = 2048 * 512;

    private static readonly string[] s_firmware = ["/usr/share/OVMF/OVMF_{0}_4M.fd", "/usr/share/OVMF/OVMF_{0}.fd"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-bare-");
    private readonly Process _process;

    public BareMachine(string configuration, string more = "")
    {
        File.Copy(Path.Combine(Row.Repository, "out", "minusone.img"), Disk);
        File.WriteAllText(PathOf("minusone.conf"), configuration);
        Tool("mcopy", $"-o -i {Disk}@@{PartitionOffset} {PathOf("minusone.conf")} ::minusone/minusone.conf");
        string firmware = s_firmware.First(name => File.Exists(string.Format(name, "CODE")));
        File.Copy(string.Format(firmware, "VARS"), PathOf("variables"));
        _process = Process.Start(new ProcessStartInfo(
            "qemu-system-x86_64",
            "-machine q35 -accel tcg -cpu EPYC,+svm,+npt -m 512M -nodefaults -vga std -display none -monitor stdio "
                + $"-drive if=pflash,format=raw,readonly=on,file={string.Format(firmware, "CODE")} "
                + $"-drive if=pflash,format=raw,file={PathOf("variables")} -drive format=raw,file={Disk} {more}")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        _ = _process.StandardOutput.ReadToEndAsync();
    }

    private string Disk => PathOf("disk.img");

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    // What the screen shows once it shows this line, or at the last.
    public async Task<string[]> Screen(string line, int seconds)
    {
        string[] rows = [];
        for (var watch = Stopwatch.StartNew(); watch.Elapsed.TotalSeconds < seconds && !rows.Contains(line);)
        {
            await Task.Delay(TimeSpan.FromSeconds(0.5));
            rows = await Screen();
        }

        return rows;
    }

    public Task Press(string key) => Command($"sendkey {key}");

    // Whether it has switched itself off.
    public Task<bool> IsOff(int seconds) => Task.Run(() => _process.WaitForExit(TimeSpan.FromSeconds(seconds)));

    // A file of the stick, as text.
    public string ReadFile(string path) => Tool("mtype", $"-i {Disk}@@{PartitionOffset} ::{path}");

    private async Task<string[]> Screen()
    {
        string picture = PathOf("screen.ppm");
        await Command($"screendump {picture}");
        await Task.Delay(TimeSpan.FromSeconds(0.5));
        byte[] file = File.Exists(picture) ? await ReadWhatIsThere(picture) : [];
        byte[] header = Encoding.ASCII.GetBytes($"P6\n{Columns * 8} {Rows * 16}\n255\n");
        if (!file.AsSpan().StartsWith(header) || file.Length < header.Length + (Columns * Rows * 128 * BytesPerPixel))
        {
            return [];
        }

        return new LetterReader(
            (x, y) =>
            {
                int at = header.Length + (((y * Columns * 8) + x) * BytesPerPixel);
                return (uint)((file[at] << 16) | (file[at + 1] << 8) | file[at + 2]);
            },
            scale: 1).Rows(Columns, Rows);
    }

    // QEMU may be writing to it; then it is too short.
    private static async Task<byte[]> ReadWhatIsThere(string picture)
    {
        await using FileStream file = File.OpenRead(picture);
        var bytes = new MemoryStream();
        await file.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    public async Task Command(string text)
    {
        await _process.StandardInput.WriteLineAsync(text);
        await _process.StandardInput.FlushAsync();
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private static string Tool(string name, string arguments)
    {
        var start = new ProcessStartInfo(name, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{name} {arguments}\n{error.Result}");
        return output;
    }
}
