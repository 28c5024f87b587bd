// Debian's gdb at a guest: it waits at its first instruction, is stopped, looked at and changed, and runs on.

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot;

public sealed partial class DebuggerTests : IDisposable
{
    private const string Kernel = "out/kernel/kernel.elf";
    private const int Seconds = 120;

    // Each `echo` has a line of its own in the answer; what stands between is gdb's.
    private const string Session = """
        set pagination off
        set confirm off
        set remotetimeout 60
        target remote :PORT
        break Boot_KernelMain__Start
        continue
        printf "at %d %d\n", $rip == Boot_KernelMain__Start, ($efer & 0x400) != 0
        set $old = $rbx
        stepi
        stepi
        printf "moved %d\n", $rip - (long)&Boot_KernelMain__Start
        set $rbx = 0x1122334455667788
        set $xmm3.v2_int64[1] = 78
        set $xmm9.v2_int64[0] = 79
        stepi
        printf "kept %lx %d %d\n", $rbx, $xmm3.v2_int64[1], $xmm9.v2_int64[0]
        set $rbx = $old
        hbreak Tasks_Scheduler__RunTask
        continue
        printf "at %d\n", $rip == Tasks_Scheduler__RunTask
        delete
        eval "watch *(long*)%lu", $rsp - 8
        continue
        printf "behind %d\n", $rip > (long)&Tasks_Scheduler__RunTask && $rip < (long)&Tasks_Scheduler__RunTask + 8
        set var *(int*)($rsp - 256) = 0x4D31
        printf "wrote %x\n", *(int*)($rsp - 256)
        maint packet Qqemu.PhyMemMode:1
        printf "code %x\n", *(unsigned char*)0x200080
        maint packet Qqemu.PhyMemMode:0
        monitor msr c0000080
        monitor steps 3
        maint flush register-cache
        printf "now %lX\n", $rip
        info threads
        info inferiors
        detach

        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-");

    public void Dispose() => _folder.Delete(recursive: true);

    // With the file of the guest's names, and by being told where it lies.
    [Theory]
    [InlineData("bochs", Kernel)]
    [InlineData("qemu", null)]
    public async Task GdbStopsStepsWatchesAndLeaves(string machine, string? symbols)
    {
        (RunProcess run, string answer) = await Debug($"kernel --machine {machine}", Session, symbols, "poweroff\n");
        string[] marks = [.. answer.Split('\n').Where(line => Mark().IsMatch(line))];
        Assert.True(run.Status == 0, $"{run}\n--- gdb\n{answer}");
        Assert.Equal(
            ["at 1 1", "moved 2", "kept 1122334455667788 78 79", "at 1", "behind 1", "wrote 4d31", "code fa"], marks);
        Assert.Matches("MSR C0000080h: 0000000000000D01", answer);
        Assert.Matches(@"Thread 1\.1 \(kernel, processor 0, runs\)", answer);
        Assert.Matches($@"\* 1 +process 1 .*/{Kernel}", answer);
        Assert.Contains($"\nnow {Steps().Match(answer).Groups[1].Value}\n", answer);
    }

    // It leaves breakpoints in the guest's code and says nothing.
    [Fact]
    public async Task AGuestGoesOnWhenItsDebuggerDies()
    {
        string script = string.Join('\n', Session.Split('\n').TakeWhile(line => !line.StartsWith("printf")))
            + "\nbreak Tasks_Scheduler__Run\nbreak Tasks_Scheduler__RunTask\nshell (sleep 3; kill -9 $PPID) &\n"
            + "continue\ndelete 2\ncontinue 100000\n";
        (RunProcess run, string answer) = await Debug("kernel --machine qemu", script, Kernel, "poweroff\n");
        Assert.True(run.Status == 0, $"{run}\n--- gdb\n{answer}");
    }

    // By an address that is not mapped yet when the breakpoint is set.
    [Fact]
    [Trait("Speed", "Slow")]
    public async Task LinuxStopsAtStartKernel()
    {
        const string Linux =
            "linux --machine qemu --cmdline \"console=ttyS0 nokaslr panic=-1 run=\\\"RUN; poweroff\\\"\"";
        RunProcess names = await RunProcess.Run(
            Linux.Replace("RUN", "grep start_kernel /proc/kallsyms"), Seconds, default);
        string address = Address().Match(names.Text).Groups[1].Value;
        (RunProcess run, string answer) = await Debug(
            Linux.Replace("RUN", "echo on"),
            $"""
            set remotetimeout 60
            target remote :PORT
            break *0x{address}
            continue
            printf "at %d\n", $rip == 0x{address}
            stepi
            detach

            """,
            symbols: null,
            input: "");
        Assert.True(run.Status == 0, $"{run}\n--- gdb\n{answer}");
        Assert.Contains("at 1", answer.Split('\n'));
    }

    private async Task<(RunProcess Run, string Answer)> Debug(
        string guest, string script, string? symbols, string input)
    {
        int port = FreePort();
        string file = Path.Combine(_folder.FullName, "script");
        await File.WriteAllTextAsync(file, script.Replace("PORT", $"{port}"));
        Task<RunProcess> run =
            RunProcess.Run($"{guest} --gdb {port} --gdb-wait", Seconds, Encoding.ASCII.GetBytes(input));
        await WaitForPort(port, run);
        string[] words = ["-nx", "-batch", "-x", file, .. symbols == null ? [] : new[] { symbols }];
        var start = new ProcessStartInfo("gdb", words)
        {
            WorkingDirectory = Row.Repository,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using Process gdb = Process.Start(start)!;
        Task<string> errors = gdb.StandardError.ReadToEndAsync();
        string answer = await gdb.StandardOutput.ReadToEndAsync();
        await gdb.WaitForExitAsync();
        return (await run, answer + await errors);
    }

    // Looked for among the ports that listen: a connection would be the only one that there may be.
    internal static async Task WaitForPort(int port, Task run)
    {
        string line = $"0100007F:{port:X4} 00000000:0000 0A";
        while (!run.IsCompleted && !(await File.ReadAllTextAsync("/proc/net/tcp")).Contains(line))
        {
            await Task.Delay(100);
        }
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex("^(at|moved|kept|behind|wrote|code) ")]
    private static partial Regex Mark();

    // Three addresses, of which the last is where it is then.
    [GeneratedRegex("^(?: [0-9A-F]+){2} ([0-9A-F]+)$", RegexOptions.Multiline)]
    private static partial Regex Steps();

    [GeneratedRegex("([0-9a-f]{16}) T start_kernel")]
    private static partial Regex Address();
}
