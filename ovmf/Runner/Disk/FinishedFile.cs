// Files for the user appear whole or not at all: written beside their place under another name, then renamed.

using System;
using System.IO;

namespace MinusOne.Ovmf.Runner.Disk;

internal static class FinishedFile
{
    // Refuses before the machine starts what could not be written after it ended.
    public static void CheckTarget(string file)
    {
        string? folder = Path.GetDirectoryName(Path.GetFullPath(file));
        if (file.Length == 0 || folder == null || Directory.Exists(file))
        {
            throw new SetUpException(
                $"cannot write '{file}': it is not the name of a file; name one in a directory that there is");
        }

        if (!Directory.Exists(folder))
        {
            throw new SetUpException($"cannot write '{file}': there is no directory '{Path.GetDirectoryName(file)}'; "
                + "make it, or name another file");
        }

        try
        {
            string trial = NameBeside(file);
            File.WriteAllBytes(trial, []);
            File.Delete(trial);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SetUpException($"cannot write '{file}': {error.Message.TrimEnd('.')}; name another file");
        }
    }

    public static void Write(string file, ReadOnlySpan<byte> content)
    {
        string name = NameBeside(file);
        try
        {
            File.WriteAllBytes(name, content);
            File.Move(name, file, overwrite: true);
        }
        catch
        {
            File.Delete(name);
            throw;
        }
    }

    private static string NameBeside(string file) => $"{Path.GetFullPath(file)}.new-{Environment.ProcessId}";
}
