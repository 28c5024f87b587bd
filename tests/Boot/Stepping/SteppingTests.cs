// A guest goes step by step through a kernel that chance has made, and after each step stands where a processor of the
// test's own stands. Neither emulator has the monitor trap flag, which the unit tests step with: it is the trap flag
// that does it here, on VT-x and on SVM.

using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot.Stepping;

public sealed class SteppingTests : IDisposable
{
    private const int Seconds = 240;
    private const int Singles = 50;
    private const int AtOnce = 1000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("bochs")]
    [InlineData("qemu")]
    public Task EachStepIsOne(string machine) => Step(machine, seed: 1, steps: 1000);

    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData("bochs")]
    [InlineData("qemu")]
    public Task TenThousandStepsAreOneEach(string machine) => Step(machine, seed: 2, steps: 10_000);

    private async Task Step(string machine, int seed, int steps)
    {
        byte[] image = WanderingKernel.Make(seed);
        string kernel = Path.Combine(_folder.FullName, "kernel");
        await File.WriteAllBytesAsync(kernel, image);
        int port = DebuggerTests.FreePort();
        Task<RunProcess> run = RunProcess.Run(
            $"--kernel {kernel} --entry 0x{WanderingKernel.Load:x} --machine {machine} --gdb {port} --gdb-wait",
            Seconds, default);
        await DebuggerTests.WaitForPort(port, run);
        using (GdbClient client = await GdbClient.Connect(port, run))
        {
            try
            {
                await Compare(client, new SmallProcessor(image, WanderingKernel.Load), steps);
            }
            finally
            {
                await client.Say("k");
            }
        }

        Assert.Contains("end=stopped", (await run).Error);
    }

    // The first steps as gdb makes them, and the others many at once.
    private static async Task Compare(GdbClient client, SmallProcessor processor, int steps)
    {
        // A flat kernel is entered by a few instructions of ours in real mode.
        Assert.Equal("OK", await client.Send($"Z1,{WanderingKernel.Load:x},1"));
        Assert.StartsWith("T05", await client.Send("c"));
        Assert.Equal("OK", await client.Send($"z1,{WanderingKernel.Load:x},1"));
        (ulong[] registers, ulong rip) = await client.Registers();
        registers.Take(8).Select(value => (uint)value).ToArray().CopyTo(processor.Registers, 0);
        Assert.Equal(processor.Rip, rip);
        for (int i = 1; i <= Singles; i++)
        {
            processor.Step();
            Assert.StartsWith("T05", await client.Send("s"));
            rip = await client.Rip();
            bool isThere = processor.Rip == rip || processor.TryLinger((uint)rip);
            Assert.True(isThere, $"step {i}: {rip:X} instead of {processor.Rip:X}");
        }

        for (int done = Singles; done < steps; done += AtOnce)
        {
            int count = Math.Min(AtOnce, steps - done);
            string text = await client.Monitor($"steps {count}");
            string[] told = text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            for (int i = 0; i < count; i++)
            {
                uint before = processor.Rip;
                processor.Step();
                string here = told.ElementAtOrDefault(i) ?? text;
                Assert.True(
                    $"{processor.Rip:X}" == here
                        || (uint.TryParse(here, NumberStyles.HexNumber, null, out uint at)
                            && processor.TryLinger(at)),
                    $"step {done + i + 1} from {before:X}: {here} instead of {processor.Rip:X}");
            }

            Assert.Equal(count, told.Length);
            (registers, _) = await client.Registers();
            Assert.Equal(processor.Registers, registers.Take(8).Select(value => (uint)value));
        }
    }
}
