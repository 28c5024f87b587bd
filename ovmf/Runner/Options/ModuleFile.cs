// A module of a multiboot kernel: a file, and the string that goes with it, which is the file's name and what the user
// wrote behind it.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace MinusOne.Ovmf.Runner.Options;

internal sealed record ModuleFile(string File, string Text)
{
    public const int Most = KernelModules.Most;

    // FILE or FILE=ARGS.
    public static IReadOnlyList<ModuleFile> ReadAll(IEnumerable<string> texts)
    {
        ModuleFile[] modules = [.. texts.Select(Read)];
        return modules.Length <= Most
            ? modules
            : throw new SetUpException($"{modules.Length} modules are too many; a kernel has at most {Most}");
    }

    private static ModuleFile Read(string text)
    {
        int equals = text.IndexOf('=');
        string file = equals < 0 ? text : text[..equals];
        if (!System.IO.File.Exists(file))
        {
            throw new SetUpException(Directory.Exists(file)
                ? $"'{file}' is a directory; --module takes a file"
                : $"no file '{file}'; --module takes the path of one, and =ARGS behind it");
        }

        string said = Path.GetFileName(file) + (equals < 0 ? "" : " " + text[(equals + 1)..]);
        return said.AsSpan().ContainsAny('\n', '\r')
            ? throw new SetUpException("--module takes one line of text")
            : new ModuleFile(file, said);
    }
}
