// The bench guest on this hypervisor, by the command that a user types.

using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace MinusOne.Tests.Bench;

internal sealed record OwnRun(Dictionary<string, uint> Ticks, string Log)
{
    // A number of the machine-readable line: ` name=123`.
    public string Figure(string name)
    {
        string line = Log.Split('\n').LastOrDefault(text => text.StartsWith("minusone: guest name=bench")) ?? "";
        string word = line.Split(' ').FirstOrDefault(text => text.StartsWith(name + "="));
        return word?[(name.Length + 1)..].Trim();
    }
}

internal static class OwnMachine
{
    private const string Arguments = "run bench --machine bochs --timeout 120";

    public static OwnRun Run(string arguments = Arguments)
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
            ? new OwnRun(Bench.Ticks.Parse(console), log.Result)
            : throw new BenchException($"./build.sh {arguments} ended with {process.ExitCode}:\n{log.Result}");
    }
}
