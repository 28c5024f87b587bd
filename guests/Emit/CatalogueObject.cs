// The catalogue as an object file: the structs of hv/Guests in their own layout, images and texts behind them, and a
// function through which the image finds them.

using System;
using System.Runtime.InteropServices;
using System.Text;
using MinusOne.Efi.Stubs;

namespace MinusOne.Guests.Emit;

internal static class CatalogueObject
{
    private const string Base = "GuestDataBase";

    public static byte[] Make(Guest[] guests)
    {
        var data = new DataBuilder();
        int catalogue = WriteCatalogue(data, guests);
        var coff = new CoffObject();
        CoffSection section = coff.AddSection(".rdata", SectionFlags.ReadOnlyData, data.Bytes);
        coff.Define(Base, section, 0);
        coff.Define(GuestSymbols.Catalogue, section, (uint)catalogue);
        foreach (int pointer in data.Pointers)
        {
            coff.Relocate(section, (uint)pointer, Base, RelocationKind.Address64);
        }

        coff.AddAddressFunction(GuestSymbols.CatalogueAddress, GuestSymbols.Catalogue);
        return coff.ToArray();
    }

    private static int WriteCatalogue(DataBuilder data, Guest[] guests)
    {
        int at = data.Reserve<GuestCatalogue>(1);
        int programs = data.Reserve<GuestProgram>(guests.Length);
        data.Point(at + Offset<GuestCatalogue>(nameof(GuestCatalogue.Programs)), programs);
        data.Write(at + Offset<GuestCatalogue>(nameof(GuestCatalogue.ProgramCount)), (ulong)guests.Length);
        for (int i = 0; i < guests.Length; i++)
        {
            WriteProgram(data, programs + (i * Marshal.SizeOf<GuestProgram>()), guests[i]);
        }

        byte[] bios = Bios.Bios.Image.Bytes;
        data.Point(at + Offset<GuestCatalogue>(nameof(GuestCatalogue.Bios)), data.Share(bios));
        data.Write(at + Offset<GuestCatalogue>(nameof(GuestCatalogue.BiosBytes)), (ulong)bios.Length);
        byte[] entry = Bios.LinuxEntry.Image.Bytes;
        data.Point(at + Offset<GuestCatalogue>(nameof(GuestCatalogue.LinuxEntry)), data.Share(entry));
        data.Write(at + Offset<GuestCatalogue>(nameof(GuestCatalogue.LinuxEntryBytes)), (ulong)entry.Length);
        byte[] tables = Bios.AcpiTables.Bytes;
        data.Point(at + Offset<GuestCatalogue>(nameof(GuestCatalogue.Tables)), data.Share(tables));
        data.Write(at + Offset<GuestCatalogue>(nameof(GuestCatalogue.TablesBytes)), (ulong)tables.Length);
        return at;
    }

    private static void WriteProgram(DataBuilder data, int at, Guest guest)
    {
        WriteText(data, at + Offset<GuestProgram>(nameof(GuestProgram.Name)), guest.Name);
        WriteText(data, at + Offset<GuestProgram>(nameof(GuestProgram.Id)), guest.Id);
        WriteText(data, at + Offset<GuestProgram>(nameof(GuestProgram.Sentence)), guest.Sentence);
        WriteText(data, at + Offset<GuestProgram>(nameof(GuestProgram.OnlyVtx)), guest.OnlyVtx);
        data.Write(at + Offset<GuestProgram>(nameof(GuestProgram.IsExact)), guest.IsExact ? 1UL : 0);
        int configs = data.Reserve<VmConfig>(guest.Configs.Length);
        data.Point(at + Offset<GuestProgram>(nameof(GuestProgram.Configs)), configs);
        data.Write(at + Offset<GuestProgram>(nameof(GuestProgram.ConfigCount)), (ulong)guest.Configs.Length);
        for (int i = 0; i < guest.Configs.Length; i++)
        {
            WriteConfig(data, configs + (i * Marshal.SizeOf<VmConfig>()), guest.Configs[i]);
        }
    }

    private static void WriteConfig(DataBuilder data, int at, GuestConfig config)
    {
        data.Write(at, config.ToData());
        WriteText(data, at + Offset<VmConfig>(nameof(VmConfig.Title)), config.Title);
        data.Point(at + Offset<VmConfig>(nameof(VmConfig.Image)), data.Share(config.Image.Bytes));
        int controls = at + Offset<VmConfig>(nameof(VmConfig.Controls));
        PointAtArray(data, controls + Offset<ControlChanges>(nameof(ControlChanges.Ports)), config.Ports);
        PointAtArray(data, controls + Offset<ControlChanges>(nameof(ControlChanges.Msrs)), config.Msrs);
        int lesson = data.Reserve<Lesson>(1);
        data.Write(lesson, config.ToLesson());
        data.Point(at + Offset<VmConfig>(nameof(VmConfig.Lesson)), lesson);
        PointAtArray(data, lesson + Offset<Lesson>(nameof(Lesson.Exits)), config.Exits);
        PointAtArray(data, lesson + Offset<Lesson>(nameof(Lesson.BrokenEntries)), config.BrokenEntries);
    }

    private static void WriteText(DataBuilder data, int at, string text)
    {
        data.Write(at + Offset<Text>(nameof(Text.Length)), (ulong)Encoding.UTF8.GetByteCount(text));
        if (text.Length > 0)
        {
            data.Point(at + Offset<Text>(nameof(Text.Start)), data.Share(text));
        }
    }

    private static void PointAtArray<T>(DataBuilder data, int at, T[] values)
        where T : unmanaged
    {
        if (values.Length > 0)
        {
            data.Point(at, data.Array(values));
        }
    }

    private static int Offset<T>(string field) => (int)Marshal.OffsetOf<T>(field);
}
