// A folder of files for one test.

using System;
using System.IO;

namespace MinusOne.Tests.Unit.Runner;

internal sealed class HostFiles : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-");

    public string Write(string name, byte[] content)
    {
        string file = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(file, content);
        return file;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
