// Runs a short-lived program of the host (cp, mtools, the emulator's own lists) and collects what it says.

using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace MinusOne.Ovmf.Runner.Disk;

internal sealed record HostTool(int Status, string Output, string Error)
{
    // The first line of an error message is the one that says something.
    public string Reason =>
        Error.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0) ?? $"status {Status}";

    public static HostTool Run(string program, string package, IEnumerable<string> arguments)
    {
        string path = Find(program) ??
            throw new SetUpException($"{program} is not installed; run: apt-get install {package}");
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MTOOLS_SKIP_CHECK"] = "1";
        start.Environment["LC_ALL"] = "C";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new HostTool(process.ExitCode, output, error.Result);
    }

    // The path at which the shell would find it; sbin because Debian keeps some tools from ordinary users' PATH.
    public static string? Find(string program)
    {
        string path = System.Environment.GetEnvironmentVariable("PATH") ?? "";
        return $"{path}:/usr/bin:/usr/sbin".Split(':', System.StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
    }
}
