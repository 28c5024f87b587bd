// A guest goes step by step through a kernel that chance has made, and after each step stands where a processor of the
// test's own stands: by the monitor trap flag of VT-x or the trap flag under SVM.

using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot.Stepping;

public sealed class SteppingTests : IDisposable
{
    private const int Seconds = 240;
    private const int LookEvery = 100;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("bochs")]
    [InlineData("qemu")]
    public Task EachStepIsOne(string machine) => Step(machine, seed: 1, steps: 300);

    private async Task Step(string machine, int seed, int steps)
    {
        byte[] code = WanderingKernel.Make(seed);
        string kernel = Path.Combine(_folder.FullName, "kernel");
        await File.WriteAllBytesAsync(kernel, code);
        int port = DebuggerTests.FreePort();
        Task<RunProcess> run = RunProcess.Run(
            $"--kernel {kernel} --entry 0x{WanderingKernel.Load:x} --machine {machine} --gdb {port} --gdb-wait",
            Seconds, default);
        await DebuggerTests.WaitForPort(port, run);
        using (GdbClient client = await GdbClient.Connect(port, run))
        {
            try
            {
                await Compare(client, new SmallProcessor(code, WanderingKernel.Load), steps);
            }
            finally
            {
                await client.Say("k");
            }
        }

        Assert.Contains("end=stopped", (await run).Error);
    }

    private static async Task Compare(GdbClient client, SmallProcessor processor, int steps)
    {
        // A flat kernel is entered by a few instructions of ours in real mode.
        Assert.Equal("OK", await client.Send($"Z1,{WanderingKernel.Load:x},1"));
        Assert.StartsWith("T05", await client.Send("c"));
        Assert.Equal("OK", await client.Send($"z1,{WanderingKernel.Load:x},1"));
        (ulong[] registers, ulong rip) = await client.Registers();
        registers.Take(8).Select(value => (uint)value).ToArray().CopyTo(processor.Registers, 0);
        Assert.Equal(processor.Rip, rip);
        for (int i = 1; i <= steps; i++)
        {
            processor.Step();
            Assert.StartsWith("T05", await client.Send("s"));
            rip = await client.Rip();
            Assert.True(processor.Rip == rip, $"step {i}: {rip:X} instead of {processor.Rip:X}");
            if (i % LookEvery == 0 || i == steps)
            {
                (registers, _) = await client.Registers();
                Assert.Equal(processor.Registers, registers.Take(8).Select(value => (uint)value));
            }
        }
    }
}
