// The catalogue as the image carries it: packed, with a header that says how to lay it out again. Behind the data stand
// the offsets of its pointers, so that whoever unpacks it can add where it lies.

using System.IO;
using MinusOne.Efi.Stubs;
using MinusOne.Efi.Stubs.Packing;

namespace MinusOne.Guests.Emit;

internal static class PackedCatalogue
{
    public static byte[] Make(Guest[] guests)
    {
        DataBuilder data = CatalogueObject.Build(guests, out int programs);
        int bios = data.Share(Bios.Bios.Image.Bytes);
        int tables = data.Share(Bios.AcpiTables.Bytes);
        var plain = new MemoryStream();
        plain.Write(data.Bytes);
        plain.SetLength((plain.Length + 7) & ~7L);
        int pointers = (int)plain.Length;
        plain.Position = pointers;
        var writer = new BinaryWriter(plain);
        data.Pointers.ForEach(pointer => writer.Write((uint)pointer));

        byte[] packed = Packer.Pack(plain.ToArray());
        var archive = new MemoryStream();
        writer = new BinaryWriter(archive);
        writer.Write((uint)plain.Length);
        writer.Write((uint)packed.Length);
        writer.Write((uint)programs);
        writer.Write((uint)guests.Length);
        writer.Write((uint)pointers);
        writer.Write((uint)data.Pointers.Count);
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
