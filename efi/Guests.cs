// The built-in guests. guests/ made them at build time as constant data (CatalogueObject); its pointers were moved with
// the image.

using System;
using System.Runtime;
using System.Runtime.CompilerServices;

namespace MinusOne.Efi;

internal static unsafe class Guests
{
    public static ReadOnlySpan<GuestProgram> All =>
        new(GuestCatalogueAddress()->Programs, (int)GuestCatalogueAddress()->ProgramCount);

    public static FileBytes Bios => new(GuestCatalogueAddress()->Bios, GuestCatalogueAddress()->BiosBytes);

    public static FileBytes LinuxEntry =>
        new(GuestCatalogueAddress()->LinuxEntry, GuestCatalogueAddress()->LinuxEntryBytes);

    // The tables of ACPI.
    public static FileBytes Tables => new(GuestCatalogueAddress()->Tables, GuestCatalogueAddress()->TablesBytes);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "GuestCatalogueAddress")]
    private static extern GuestCatalogue* GuestCatalogueAddress();
}
