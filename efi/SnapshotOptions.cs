// The option that names a snapshot, from which the guest goes on instead of beginning: load = \minusone\name.

using System;
using MinusOne.Efi.Options;

namespace MinusOne.Efi;

internal static unsafe class SnapshotOptions
{
    // False, and said why: it cannot be read, or there are several guests for one.
    public static bool TryRead(OptionText options, int guests, ref RunSettings settings)
    {
        settings.Snapshot = default;
        if (!options.TryGet("load"u8, out ReadOnlySpan<byte> path))
        {
            return true;
        }

        if (guests > 1)
        {
            return KernelOptions.Complain(
                path, "is one guest's snapshot, and there are several; give each its own load in [ ]"u8);
        }

        if (!KernelOptions.TryReadFile(path, out settings.Snapshot)
            || (settings.Snapshot.Length > KernelLayout.MostFileBytes
                && !KernelOptions.Complain(path, "a snapshot has at most 1 GiB; save a smaller guest"u8)))
        {
            return false;
        }

        if (SnapshotGuest.TryPeek(settings.Snapshot, out SnapshotGuest guest))
        {
            guest.Order(ref settings);
        }

        return true;
    }
}
