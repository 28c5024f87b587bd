// A trace from the guest to the tool: recorded by a run, read as the user reads it. In Bochs two runs of one guest are
// the same to the instruction, and so are their traces.

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot;

public sealed class TraceTests : IDisposable
{
    private const int Seconds = 240;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-");

    public void Dispose() => _folder.Delete(recursive: true);

    // As many exits as the log counts, and each in the form that other tools read.
    [Fact]
    public async Task EveryExitArrives()
    {
        RunProcess run = await Run("hello --machine qemu --trace t");
        Assert.True(run.Status == 0, $"{run}");
        string figure = run.Error.Split(' ', '\n').Single(word => word.StartsWith("exits="))["exits=".Length..];
        await Tool("trace t --json t.json --html t.html --svg t.svg --csv t.csv");
        using JsonDocument json = JsonDocument.Parse(await File.ReadAllBytesAsync(PathOf("t.json")));
        JsonElement events = json.RootElement.GetProperty("traceEvents");
        Assert.Equal(int.Parse(figure), events.EnumerateArray().Count(one => $"{one.GetProperty("ph")}" == "X"));
        Assert.Equal(5, _folder.GetFiles("t*").Count(file => file.Length > 0));
    }

    // A disk that is full ends the trace, and the guest goes on.
    [Fact]
    public async Task AFullDiskIsNotTheGuests()
    {
        RunProcess run = await Run("hello --machine qemu --trace /dev/full");
        Assert.True(run.Status == 0, $"{run}");
        Assert.Single(run.Error.Split('\n'), line => line.StartsWith("run: the trace ends here: No space left on "));
    }

    // The function in which a program is busy has most of the time, and the hypervisor some.
    [Theory]
    [InlineData("bochs", 300_000, 25_997)]
    [InlineData("qemu", 3_000_000, 216_816)]
    public async Task AProfileNamesWhereTheTimeGoes(string machine, int end, int primes)
    {
        RunProcess run = await RunProcess.Run($"kernel --machine {machine} --profile p", Seconds,
            Encoding.ASCII.GetBytes($"primes {end}\npoweroff\n"), _folder.FullName);
        Assert.True(run.Status == 0, $"{run}");
        Assert.Contains($"{primes} primes below {end}", run.Text);
        Assert.Contains("<title>Small.CountPrimes: ", await File.ReadAllTextAsync(PathOf("p.svg")));
        using JsonDocument json = JsonDocument.Parse(await File.ReadAllBytesAsync(PathOf("p.json")));
        JsonElement profile = json.RootElement.GetProperty("profiles")[0];
        JsonElement frames = json.RootElement.GetProperty("shared").GetProperty("frames");
        ILookup<string, double> times = profile.GetProperty("samples").EnumerateArray()
            .Zip(profile.GetProperty("weights").EnumerateArray())
            .ToLookup(
                pair => frames[pair.First.EnumerateArray().Last().GetInt32()].GetProperty("name").GetString()!,
                pair => pair.Second.GetDouble());
        Assert.Equal("Small.CountPrimes", times.Where(time => time.Key != "halted").MaxBy(time => time.Sum())!.Key);
        Assert.Contains(times, time => time.Key.StartsWith("hypervisor: "));
    }

    // Recording takes the guest's time, for a serial port of 115,200 baud is slow; so of the kernel's own tests the one
    // that compares clocks may fail, in both runs alike.
    [Fact]
    [Trait("Speed", "Slow")]
    public async Task TwoRunsAreTheSame()
    {
        foreach (string file in (string[])["a", "b"])
        {
            RunProcess run = await RunProcess.Run($"kernel --machine bochs --trace {file}", Seconds,
                "selftest\npoweroff\n"u8.ToArray(), _folder.FullName);
            Assert.True(run.Status == 0, $"{run}");
            Assert.Matches("(19|20) passed, ", run.Text);
        }

        byte[] first = await File.ReadAllBytesAsync(PathOf("a"));
        Assert.True(first.Length > 10_000, $"{first.Length} bytes");
        Assert.Equal(first, await File.ReadAllBytesAsync(PathOf("b")));
    }

    private Task<RunProcess> Run(string arguments) => RunProcess.Run(arguments, Seconds, default, _folder.FullName);

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private async Task Tool(string arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Row.Repository, "build.sh"), arguments)
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, error);
    }
}
