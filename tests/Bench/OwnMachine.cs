// The bench guest on this hypervisor, by the command that a user types.

using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace MinusOne.Tests.Bench;

internal sealed record OwnRun(Dictionary<string, uint> Ticks, string Log)
{
    // The hypervisor's frames while so many guests were there, by the name of their row.
    public Dictionary<string, uint> Frames { get; } = [];

    // A number of the machine-readable lines, one a guest: ` name=123`.
    public static IEnumerable<uint> Figures(string log, string name) =>
        from line in log.Split('\n')
        where line.StartsWith("minusone: guest ")
        from word in line.Trim().Split(' ')
        where word.StartsWith(name + "=")
        select uint.Parse(word[(name.Length + 1)..]);
}

internal static class OwnMachine
{
    private const string Measure = "run bench --machine bochs --timeout 120";
    private const string WithoutDelivery = " --set apicv=off";
    private const string Rounds = "ticks of 1000 rounds: ";
    private const uint RoundsTaken = 1000;

    // Rows of the table that are runs of their own: guests that give the processor to one another, by their number.
    private static readonly (string Row, uint Guests, string Option)[] s_switches =
        [("pause-exit", 1, ""), ("pause-exit-traced", 1, "--trace"), ("switch-2", 2, ""), ("switch-64", 64, "")];

    public static OwnRun Run(BenchProcessor processor)
    {
        string on = processor.IsSvm ? " --cpu " + processor.Model : "";
        (string console, string log) = Start(Measure + on);
        var run = new OwnRun(Bench.Ticks.Parse(console), log);
        if (!processor.IsSvm)
        {
            foreach ((string row, uint ticks) in Bench.Ticks.Parse(Start(Measure + WithoutDelivery).Console))
            {
                run.Ticks[row + "-plain"] = ticks;
            }
        }

        foreach ((string row, uint guests, string option) in s_switches)
        {
            string names = string.Concat(Enumerable.Repeat("switch ", (int)guests));
            string together = guests > 1 ? "--together" : "";
            (console, log) = Start($"run {names} {together} --memory 64K {option} --machine bochs{on} --timeout 300");

            // The figure of the guest that began first.
            string figure = console.Split('\n').FirstOrDefault(line => line.Contains(Rounds));
            uint ticks = uint.Parse(figure?[(figure.IndexOf(Rounds) + Rounds.Length)..].Trim() ?? "0");
            run.Ticks[row] = ticks / RoundsTaken / guests;
            run.Frames[row] = OwnRun.Figures(log, "own-frames").Max();
        }

        return run;
    }

    public static (string Console, string Log) Start(string arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Folders.Repository, "build.sh"), arguments)
        {
            WorkingDirectory = Folders.Repository,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start);
        process.StandardInput.Close();
        Task<string> log = process.StandardError.ReadToEndAsync();
        string console = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? (console, log.Result)
            : throw new BenchException($"./build.sh {arguments} ended with {process.ExitCode}:\n{log.Result}");
    }
}
