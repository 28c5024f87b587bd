// The catalogue as an object file: the structs of hv/Guests in their own layout, images and texts behind them, and
// two functions through which the image finds them.

using System;
using System.Runtime.InteropServices;
using System.Text;
using MinusOne.Efi.Stubs;
using MinusOne.Hv.Guests;

namespace MinusOne.Guests.Emit;

internal static class CatalogueObject
{
    private const string Base = "GuestDataBase";

    public static byte[] Make(Guest[] guests)
    {
        DataBuilder data = Build(guests, out int programs);
        int count = data.Array([(ulong)guests.Length]);
        var coff = new CoffObject();
        CoffSection section = coff.AddSection(".rdata", SectionFlags.ReadOnlyData, data.Bytes);
        coff.Define(Base, section, 0);
        coff.Define(GuestSymbols.Programs, section, (uint)programs);
        coff.Define(GuestSymbols.ProgramCount, section, (uint)count);
        foreach (int pointer in data.Pointers)
        {
            coff.Relocate(section, (uint)pointer, Base, RelocationKind.Address64);
        }

        AddFunctions(coff);
        return coff.ToArray();
    }

    // The data, with the programs' array at this offset.
    public static DataBuilder Build(Guest[] guests, out int programs)
    {
        var data = new DataBuilder();
        programs = data.Reserve<GuestProgram>(guests.Length);
        for (int i = 0; i < guests.Length; i++)
        {
            WriteProgram(data, programs + (i * Marshal.SizeOf<GuestProgram>()), guests[i]);
        }

        return data;
    }

    private static void WriteProgram(DataBuilder data, int at, Guest guest)
    {
        WriteText(data, at + Offset<GuestProgram>(nameof(GuestProgram.Name)), guest.Name);
        WriteText(data, at + Offset<GuestProgram>(nameof(GuestProgram.Id)), guest.Id);
        WriteText(data, at + Offset<GuestProgram>(nameof(GuestProgram.Sentence)), guest.Sentence);
        int scenes = data.Reserve<Scene>(guest.Scenes.Length);
        data.Point(at + Offset<GuestProgram>(nameof(GuestProgram.Scenes)), scenes);
        data.Write(at + Offset<GuestProgram>(nameof(GuestProgram.SceneCount)), (ulong)guest.Scenes.Length);
        for (int i = 0; i < guest.Scenes.Length; i++)
        {
            WriteScene(data, scenes + (i * Marshal.SizeOf<Scene>()), guest.Scenes[i]);
        }
    }

    private static void WriteScene(DataBuilder data, int at, GuestScene scene)
    {
        data.Write(at, scene.ToScene());
        WriteText(data, at + Offset<Scene>(nameof(Scene.Title)), scene.Title);
        data.Point(at + Offset<Scene>(nameof(Scene.Image)), data.Share(scene.Image.Bytes));
        int controls = at + Offset<Scene>(nameof(Scene.Controls));
        PointAtArray(data, controls + Offset<ControlChanges>(nameof(ControlChanges.Ports)), scene.Ports);
        PointAtArray(data, controls + Offset<ControlChanges>(nameof(ControlChanges.Msrs)), scene.Msrs);
        PointAtArray(data, at + Offset<Scene>(nameof(Scene.Exits)), scene.Exits);
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

    // lea rax, [rip + GuestPrograms]; ret and mov rax, [rip + GuestProgramCount]; ret.
    private static void AddFunctions(CoffObject coff)
    {
        byte[] code = [0x48, 0x8D, 0x05, 0, 0, 0, 0, 0xC3, 0x48, 0x8B, 0x05, 0, 0, 0, 0, 0xC3];
        CoffSection text = coff.AddSection(".text", SectionFlags.Code, code);
        coff.Define(GuestSymbols.ProgramsAddress, text, 0);
        coff.Relocate(text, 3, GuestSymbols.Programs, RelocationKind.Relative32);
        coff.Define(GuestSymbols.ReadProgramCount, text, 8);
        coff.Relocate(text, 11, GuestSymbols.ProgramCount, RelocationKind.Relative32);
    }

    private static int Offset<T>(string field) => (int)Marshal.OffsetOf<T>(field);
}
