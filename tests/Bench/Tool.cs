// A command of the host that must succeed.

using System.Diagnostics;

namespace MinusOne.Tests.Bench;

internal static class Tool
{
    public static void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folders.Repository,
            RedirectStandardOutput = true,
        };
        start.Environment["MTOOLS_SKIP_CHECK"] = "1";
        using Process process = Process.Start(start);
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new BenchException($"'{program} {string.Join(' ', arguments)}' failed");
        }
    }
}
