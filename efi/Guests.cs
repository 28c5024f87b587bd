// The built-in guests. guests/ made them at build time as constant data, packed (PackedCatalogue); here they are laid
// out in memory of their own, and their pointers get the address where that is.

using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Packing;
using MinusOne.Hv.Guests;
using MinusOne.Hv.Loading;

namespace MinusOne.Efi;

internal static unsafe class Guests
{
    private const ulong PageBytes = 4096;

    private static GuestProgram* s_programs;
    private static int s_count;
    private static FileBytes s_bios;
    private static FileBytes s_tables;

    // Empty until they are unpacked.
    public static ReadOnlySpan<GuestProgram> All => new(s_programs, s_count);

    public static FileBytes Bios => s_bios;

    // Of ACPI.
    public static FileBytes Tables => s_tables;

    // False: firmware has no memory for them.
    public static bool TryUnpack()
    {
        uint* header = ArchiveAddress();
        uint length = header[0];
        ulong address = 0;
        if (Services.Boot->AllocatePages(
            AllocateType.AnyPages, MemoryType.LoaderData, (length + PageBytes - 1) / PageBytes, &address)
            != EfiStatus.Success
            || !Archive.TryUnpack(
                new ReadOnlySpan<byte>(header + 10, (int)header[1]), new Span<byte>((void*)address, (int)length)))
        {
            return false;
        }

        RelativeAddresses.ToDistances((byte*)address, (int)length);
        var pointers = (uint*)(address + header[4]);
        for (uint i = 0; i < header[5]; i++)
        {
            *(ulong*)(address + pointers[i]) += address;
        }

        s_programs = (GuestProgram*)(address + header[2]);
        s_count = (int)header[3];
        s_bios = new FileBytes((byte*)(address + header[6]), header[7]);
        s_tables = new FileBytes((byte*)(address + header[8]), header[9]);
        return true;
    }

    // The archive: length unpacked, length packed, where the programs are, how many, where the pointers' offsets are,
    // how many, where the BIOS is, its length, and the same of the ACPI tables.
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "GuestArchiveAddress")]
    private static extern uint* ArchiveAddress();
}
