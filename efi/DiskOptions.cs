// The option that names a guest's disks: files, each with what becomes of writes. They are read whole while firmware is
// there and stay in memory, where a guest's resets leave them as they are; nothing is ever written back to the file.
//   disk = \minusone\a.img \minusone\b.img:ro

using System;
using MinusOne.Efi.Options;

namespace MinusOne.Efi;

internal static unsafe class DiskOptions
{
    private static ReadOnlySpan<byte> ReadOnlyEnd => ":ro"u8;

    private static ReadOnlySpan<byte> InMemoryEnd => ":mem"u8;

    public static bool TryReadOwn(OptionText lines, ref BlockDisks disks) => TryRead(lines, isShared: false, ref disks);

    // False, and said why. Guests that run at the same time and share a disk would each destroy what the other one has
    // in its cache.
    public static bool TryRead(OptionText options, bool isShared, ref BlockDisks disks)
    {
        disks = default;
        if (!options.TryGet("disk"u8, out ReadOnlySpan<byte> words))
        {
            return true;
        }

        foreach (ReadOnlySpan<byte> word in new WordList(words))
        {
            bool isReadOnly = EndsWith(word, ReadOnlyEnd);
            int end = isReadOnly ? ReadOnlyEnd.Length : EndsWith(word, InMemoryEnd) ? InMemoryEnd.Length : 0;
            ReadOnlySpan<byte> path = word.Slice(0, word.Length - end);
            if (path.IndexOf((byte)':') >= 0)
            {
                return KernelOptions.Complain(word, "a disk is FILE, FILE:mem or FILE:ro"u8);
            }

            if (isShared && !isReadOnly)
            {
                return KernelOptions.Complain(
                    path, "several guests cannot write to it; add :ro, or give each its own in a configuration file"u8);
            }

            if (!TryAdd(path, isReadOnly, ref disks))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryAdd(ReadOnlySpan<byte> path, bool isReadOnly, ref BlockDisks disks)
    {
        if (disks.Count == BlockDisks.Most)
        {
            return KernelOptions.Complain(path, "a guest has at most 8 disks; leave this one out"u8);
        }

        if (!KernelOptions.TryReadFile(path, out FileBytes file))
        {
            return false;
        }

        if (file.Length == 0 || file.Length % BlockDisk.SectorBytes != 0)
        {
            return KernelOptions.Complain(
                path, "this is no disk, for its size is not a multiple of 512; truncate --size=%512 pads it"u8);
        }

        if (file.Length > KernelLayout.MostFileBytes)
        {
            return KernelOptions.Complain(path, "a disk has at most 1 GiB, for it is kept in memory"u8);
        }

        fixed (byte* start = file.Span)
        {
            return disks.TryAdd(start, file.Length, isReadOnly);
        }
    }

    private static bool EndsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> end) =>
        text.Length >= end.Length && text.Slice(text.Length - end.Length).SequenceEqual(end);
}
