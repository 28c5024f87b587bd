// A disk of a guest's: a file, and what becomes of writes to it. Checked here as the image would, without a start of
// the firmware.

using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace MinusOne.Ovmf.Runner.Options;

internal sealed record DiskFile(string File, string Mode)
{
    public const int Most = BlockDisks.Most;

    private const long MostBytes = 1 << 30;

    // FILE, FILE:mem or FILE:ro.
    public static IReadOnlyList<DiskFile> ReadAll(IEnumerable<string> texts)
    {
        DiskFile[] disks = [.. texts.Select(Read)];
        return disks.Length <= Most
            ? disks
            : throw new SetUpException($"{disks.Length} disks are too many; a guest has at most {Most}");
    }

    private static DiskFile Read(string text)
    {
        string mode = text.EndsWith(":ro") ? "ro" : "mem";
        string file = text.EndsWith(":ro") || text.EndsWith(":mem") ? text[..text.LastIndexOf(':')] : text;
        if (!System.IO.File.Exists(file))
        {
            throw new SetUpException(Directory.Exists(file)
                ? $"'{file}' is a directory; --disk takes a file"
                : $"no file '{file}'; --disk takes the path of one, and :ro or :mem behind it");
        }

        long bytes = new FileInfo(file).Length;
        return bytes == 0 || bytes % 512 != 0
            ? throw new SetUpException($"'{file}' is no disk: its {bytes} bytes are not a multiple of 512; "
                + "pad it, as truncate --size=%512 does")
            : bytes > MostBytes
                ? throw new SetUpException($"'{file}' is too large for a disk in memory; use one of at most 1 GiB")
                : new DiskFile(file, mode);
    }
}
