// The catalogue as the image carries it: packed, with a header that says how to lay it out again. Behind the data stand
// the offsets of its pointers, so that whoever unpacks it can add where it lies.

using System.IO;
using MinusOne.Efi.Packing;
using MinusOne.Efi.Stubs;
using MinusOne.Efi.Stubs.Packing;

namespace MinusOne.Guests.Emit;

internal static unsafe class PackedCatalogue
{
    public static byte[] Make(Guest[] guests)
    {
        DataBuilder builder = CatalogueObject.Build(guests, out int programs);
        int bios = builder.Share(Bios.Bios.Image.Bytes);
        int tables = builder.Share(Bios.AcpiTables.Bytes);
        var plain = new MemoryStream();
        plain.Write(builder.Bytes);
        plain.SetLength((plain.Length + 7) & ~7L);
        int pointers = (int)plain.Length;
        plain.Position = pointers;
        var writer = new BinaryWriter(plain);
        builder.Pointers.ForEach(pointer => writer.Write((uint)pointer));

        byte[] data = plain.ToArray();
        fixed (byte* start = data)
        {
            RelativeAddresses.ToPlaces(start, data.Length);
        }

        byte[] packed = Packer.Pack(data);
        var archive = new MemoryStream();
        writer = new BinaryWriter(archive);
        writer.Write((uint)plain.Length);
        writer.Write((uint)packed.Length);
        writer.Write((uint)programs);
        writer.Write((uint)guests.Length);
        writer.Write((uint)pointers);
        writer.Write((uint)builder.Pointers.Count);
        writer.Write((uint)bios);
        writer.Write((uint)Bios.Bios.Image.Bytes.Length);
        writer.Write((uint)tables);
        writer.Write((uint)Bios.AcpiTables.Bytes.Length);
        writer.Write(packed);
        return ToObject(archive.ToArray());
    }

    private static byte[] ToObject(byte[] archive)
    {
        var coff = new CoffObject();
        coff.Define(GuestSymbols.Archive, coff.AddSection(".rdata", SectionFlags.ReadOnlyData, archive), 0);

        // lea rax, [rip + GuestArchive]; ret
        CoffSection text = coff.AddSection(".text", SectionFlags.Code, [0x48, 0x8D, 0x05, 0, 0, 0, 0, 0xC3]);
        coff.Define(GuestSymbols.ArchiveAddress, text, 0);
        coff.Relocate(text, 3, GuestSymbols.Archive, RelocationKind.Relative32);
        return coff.ToArray();
    }
}
