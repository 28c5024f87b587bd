// The folder of one run: its disk, what the machine is started with, and what it wrote. No other run shares anything
// with it, so runs may overlap; it goes at the end unless there is something in it to look at.

using System;
using System.Globalization;
using System.IO;

namespace MinusOne.Ovmf.Runner.Disk;

internal sealed class RunFolder : IDisposable
{
    private bool _isKept;

    private RunFolder(string path)
    {
        Path = path;
    }

    // As the user reaches it.
    public string Path { get; }

    public static RunFolder Create()
    {
        string time = DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        string path = Repository.File("out", "runs", $"{time}-{Environment.ProcessId}");
        Directory.CreateDirectory(path);
        return new RunFolder(System.IO.Path.GetRelativePath(Directory.GetCurrentDirectory(), path));
    }

    public string PathOf(string name) => System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, name));

    public void Keep() => _isKept = true;

    public void Dispose()
    {
        if (!_isKept)
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
