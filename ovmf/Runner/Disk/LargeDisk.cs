// A disk image like the built one, with room for files that it has none for: the same partition and what stands in it,
// in a larger file system. Its size is whole cylinders, as Bochs' geometry wants it.

using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace MinusOne.Ovmf.Runner.Disk;

internal static class LargeDisk
{
    // What an image of the usual size has room for.
    public const long UsualRoom = 40 << 20;

    public const long BytesPerCylinder = 16 * 63 * 512;
    private const long Beside = 96 << 20;
    private const long BytesBeforePartition = 2048 * 512;
    private const long BytesBehindPartition = 17 * 1024;

    public static void Create(RunFolder folder, string image, string disk, long files)
    {
        // A hundredth is more than what FAT keeps about a file.
        long bytes = files + (files / 100) + Beside;
        bytes = (bytes + BytesPerCylinder - 1) / BytesPerCylinder * BytesPerCylinder;
        using (FileStream stream = File.Create(disk))
        {
            stream.SetLength(bytes);
        }

        long blocks = (bytes - BytesBeforePartition - BytesBehindPartition) / 1024;
        Do("sgdisk", "gdisk", "--clear", "--new=1:2048:0", "--typecode=1:EF00", "--change-name=1:MinusOne", disk);
        Do("mkfs.vfat", "dosfstools", "-F", "32", "-n", "MINUSONE", "--offset", "2048", disk,
            blocks.ToString(CultureInfo.InvariantCulture));
        string content = folder.PathOf("esp");
        Directory.CreateDirectory(content);
        Do("mcopy", "mtools", "-s", "-i", $"{image}@@{BytesBeforePartition}", "::*", content);
        IEnumerable<string> entries = Directory.EnumerateFileSystemEntries(content);
        Do("mcopy", "mtools", ["-s", "-i", $"{disk}@@{BytesBeforePartition}", .. entries.Order(), "::"]);
        Directory.Delete(content, recursive: true);
    }

    private static void Do(string program, string package, params string[] arguments)
    {
        HostTool tool = HostTool.Run(program, package, arguments);
        if (tool.Status != 0)
        {
            throw new SetUpException($"cannot make a disk for these files: {program}: {tool.Reason}");
        }
    }
}
