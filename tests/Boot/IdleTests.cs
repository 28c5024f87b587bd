// Guests that wait cost next to nothing: a processor with nothing to do rests, and one of them looks at the console for
// all.

using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot;

public sealed class IdleTests
{
    private const int MostASecond = 200;

    // A guest that halts and is woken by its clock once a second, in real mode at 8000h.
    private static readonly byte[] s_idle =
    [
        0xFA, 0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xD0, // no interrupts; DS and SS are 0
        0xBC, 0x00, 0x70, // a stack
        0xE8, 0x00, 0x00, 0x5B, 0x83, 0xC3, 80 - 13, // BX: where the handler is
        0x89, 0x1E, 0xA0, 0x00, 0x8C, 0x0E, 0xA2, 0x00, // which is that of vector 28h
        .. Out(0x20, 0x11), .. Out(0x21, 0x20), .. Out(0x21, 0x04), .. Out(0x21, 0x01), .. Out(0x21, 0xFB),
        .. Out(0xA0, 0x11), .. Out(0xA1, 0x28), .. Out(0xA1, 0x02), .. Out(0xA1, 0x01), .. Out(0xA1, 0xFE),
        .. Out(0x70, 0x0B), .. Out(0x71, 0x12), // each second an interrupt of the clock
        0xFB, 0xF4, 0xEB, 0xFD, // HLT for ever
        0x90, 0x90, 0x90,
        0x50, .. Out(0x70, 0x0C), 0xE4, 0x71, .. Out(0xA0, 0x20), .. Out(0x20, 0x20), 0x58, 0xCF,
    ];

    [Theory]
    [InlineData("qemu", 10)]
    [InlineData("bochs", 4)]
    public async Task AnIdleMachineRests(string machine, int seconds)
    {
        string folder = Directory.CreateTempSubdirectory("minusone-idle").FullName;
        string bios = Path.Combine(folder, "idle.bin");
        string config = Path.Combine(folder, "idle.conf");
        File.WriteAllBytes(bios, s_idle);
        File.WriteAllText(config, string.Concat(new[] { "one", "two", "three" }.Select(name =>
            $"[{name}]\nbios = \\minusone\\bios.bin\ntimeout = {seconds}\nexpect = timed-out\n")));
        RunProcess run = await RunProcess.Run(
            $"one two three --config {config} --bios {bios} --host-cpus 4 --machine {machine}", 120, default);
        Directory.Delete(folder, recursive: true);
        Assert.True(run.Status == 0, run.ToString());
        int[] exits = [.. Regex.Matches(run.Error, "end=timed-out expected=yes exits=([0-9]+)")
            .Select(match => int.Parse(match.Groups[1].Value))];
        Assert.Equal(3, exits.Length);
        Assert.All(exits, count => Assert.True(count > seconds, "a guest was not woken"));
        Assert.True(exits.Sum() < MostASecond * seconds, $"{string.Join(" + ", exits)} exits in {seconds} seconds");
    }

    private static byte[] Out(byte port, byte value) => [0xB0, value, 0xE6, port];
}
