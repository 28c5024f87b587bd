// A folder of its own with a copy of .build/, and scripts that run in it as build.sh does.

using System;
using System.Diagnostics;
using System.IO;

namespace MinusOne.Tests.Unit.Build;

internal sealed class Shell : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-");

    public Shell()
    {
        DirectoryInfo copy = _folder.CreateSubdirectory(".build");
        foreach (string file in Directory.EnumerateFiles(Repository.File(".build")))
        {
            File.Copy(file, Path.Combine(copy.FullName, Path.GetFileName(file)));
        }

        File.Copy(Repository.File("version.json"), Path.Combine(_folder.FullName, "version.json"));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    // What the script says. It must succeed.
    public string Run(string script)
    {
        var start = new ProcessStartInfo("bash", ["-c", "set -euo pipefail; . .build/state.sh\n" + script])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : $"status {process.ExitCode}: {output}";
    }
}
