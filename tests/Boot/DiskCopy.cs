// A disk of a test's own: a copy of out/minusone.img with files put on it or exchanged.

using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using Xunit;

namespace MinusOne.Tests.Boot;

internal static class DiskCopy
{
    // The image maker puts the only partition there.
    private const int PartitionOffset = 2048 * 512;

    // Each file by its path on the disk, with the one on the host that goes there.
    public static string Make(string folder, Dictionary<string, string> files, string image = "minusone.img")
    {
        string disk = Path.Combine(folder, "disk.img");
        File.Copy(Path.Combine(Row.Repository, "out", image), disk, overwrite: true);
        foreach ((string path, string file) in files)
        {
            Tool("mcopy", $"-o -i {disk}@@{PartitionOffset} {file} ::{path.Replace('\\', '/')}");
        }

        return disk;
    }

    public static void Tool(string name, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{name} {arguments}\n{error}");
    }
}
