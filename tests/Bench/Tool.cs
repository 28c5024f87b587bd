// A command of the host that must succeed.

using System.Diagnostics;
using System.IO;

namespace MinusOne.Tests.Bench;

internal static class Tool
{
    // A program in C that runs without any library; where it is.
    public static string Compile(string folder, string name)
    {
        string program = Path.Combine(Folders.Work, name);
        Run("gcc", "-O2", "-Wall", "-static", "-s", "-o", program, Path.Combine(Folders.Source, folder, name + ".c"));
        return program;
    }

    // What it printed.
    public static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folders.Repository,
            RedirectStandardOutput = true,
        };
        start.Environment["MTOOLS_SKIP_CHECK"] = "1";
        using Process process = Process.Start(start);
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? text
            : throw new BenchException($"'{program} {string.Join(' ', arguments)}' failed");
    }
}
