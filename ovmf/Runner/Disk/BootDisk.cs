// The disk of one run: a copy of the built image with this run's configuration and files on its EFI system partition.
// mtools writes to the partition inside the image file, so neither root nor a loop device is needed.

using System.Collections.Generic;
using System.IO;
using System.Linq;
using MinusOne.Ovmf.Runner.Guests;
using MinusOne.Ovmf.Runner.Options;

namespace MinusOne.Ovmf.Runner.Disk;

internal static class BootDisk
{
    public const string Name = "disk.img";

    // The image maker puts the only partition at sector 2048.
    private const int PartitionOffset = 2048 * 512;

    private const string Folder = "::minusone";
    private const string NimbOs = Folder + "/nimbos.bin";

    public static void Create(RunFolder folder, RunOptions options)
    {
        if (!File.Exists(options.Image))
        {
            throw new SetUpException($"no disk image '{options.Image}'; ./build.sh build makes it");
        }

        string disk = folder.PathOf(Name);
        CopyImage(folder, options, disk);
        string partition = $"{disk}@@{PartitionOffset}";
        HostTool make = HostTool.Run("mmd", "mtools", ["-D", "s", "-i", partition, Folder]);
        if (make.Status != 0 && !Exists(partition, Folder))
        {
            throw new SetUpException(
                $"'{options.Image}' is not a disk image of ours ({make.Reason}); ./build.sh image makes one");
        }

        bool hasNimbOs = options.Kernel != null || options.Bios != null || Exists(partition, NimbOs);
        if (options.Guests.Contains(Catalogue.NimbOs) && !hasNimbOs)
        {
            throw new SetUpException("NimbOS is not part of this project: give its kernel with --kernel nimbos.bin "
                + "(guests/NIMBOS.md tells how to build it)");
        }

        foreach ((string? file, string name) in Files(folder, options))
        {
            if (file != null)
            {
                Copy(partition, file, name);
            }
        }
    }

    private static void CopyImage(RunFolder folder, RunOptions options, string disk)
    {
        long files = options.Files.Sum(file => new FileInfo(file).Length);
        if (files > LargeDisk.UsualRoom)
        {
            LargeDisk.Create(folder, options.Image, disk, files);
            return;
        }

        HostTool copy = HostTool.Run("cp", "coreutils", ["--reflink=auto", "--sparse=always", options.Image, disk]);
        if (copy.Status != 0)
        {
            throw new SetUpException($"cannot copy the disk image: {copy.Reason}");
        }
    }

    private static IEnumerable<(string? File, string Name)> Files(RunFolder folder, RunOptions options)
    {
        string configuration = folder.PathOf("minusone.conf");
        File.WriteAllText(configuration, ConfigFile.Text(options));
        return
        [
            (configuration, "minusone.conf"),
            (options.Kernel, ConfigFile.Kernel),
            (options.Bios, ConfigFile.Bios),
            (options.Initrd, ConfigFile.Initrd),
            (options.Snapshot, ConfigFile.Snapshot),
            .. options.Modules.Select((module, index) => ((string?)module.File, ConfigFile.Module(index))),
            .. options.Disks.Select((disk, index) => ((string?)disk.File, ConfigFile.Disk(index))),
        ];
    }

    private static void Copy(string partition, string file, string name)
    {
        HostTool copy = HostTool.Run("mcopy", "mtools", ["-o", "-i", partition, file, $"{Folder}/{name}"]);
        if (copy.Status == 0)
        {
            return;
        }

        bool isFull = copy.Error.Contains("Disk full");
        throw new SetUpException(isFull
            ? $"'{file}' ({new FileInfo(file).Length >> 10} KiB) does not fit on the disk image; use a smaller file"
            : $"cannot put '{file}' on the disk image: {copy.Reason}");
    }

    private static bool Exists(string partition, string path) =>
        HostTool.Run("mdir", "mtools", ["-b", "-i", partition, path]).Status == 0;
}
