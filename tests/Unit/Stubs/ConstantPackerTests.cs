// An object as the compiler makes it, small: constants and other data in turn, and code that points at them. After the
// constants are gone every reference must still lead to the same bytes, in the object or in the room they get.

extern alias stubs;

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using MinusOne.Efi.Packing;
using MinusOne.Tests.Unit.Native;
using stubs::MinusOne.Efi.Stubs;
using Xunit;

namespace MinusOne.Tests.Unit.Stubs;

public sealed unsafe class ConstantPackerTests
{
    private const string Prefix = "minusone__PrivateImplementationDetails_";

    [Fact]
    public void EveryReferenceStillLeadsToItsBytes()
    {
        const int Seed = 3;
        var random = new Random(Seed);
        (byte[] compiled, Dictionary<string, byte[]> data) = Compiled(random);
        byte[] changed = [.. compiled];

        byte[] constants = ConstantPacker.Pack(changed);

        using var rest = new LoadedObject(changed, Imports(data.Keys.Where(name => name.StartsWith(Prefix))));
        using var packed = new LoadedObject(constants, []);
        byte[] room = Unpacked(packed);
        foreach ((string name, byte[] bytes) in data)
        {
            ReadOnlySpan<byte> found = name.StartsWith(Prefix)
                ? room.AsSpan((int)(packed[name] - packed["Constants"]), bytes.Length)
                : new ReadOnlySpan<byte>(rest[name], bytes.Length);
            Assert.True(found.SequenceEqual(bytes), $"seed {Seed}: {name}");
        }

        // The pointer in table 0 leads to table 1.
        Assert.Equal((ulong)rest["table1"], *(ulong*)rest["table0"]);
        Assert.True(changed.AsSpan().IndexOf(data[Prefix + "0"]) < 0 || data[Prefix + "0"].Length < 4);
    }

    [Fact]
    public void RelocationInAConstantIsRefused()
    {
        var coff = new CoffObject();
        CoffSection section = coff.AddSection(".rdata", SectionFlags.ReadOnlyData, new byte[16]);
        coff.Define(Prefix + "pointer", section, 0);
        coff.Relocate(section, 0, "elsewhere", RelocationKind.Address64);
        Assert.Throws<InvalidDataException>(() => ConstantPacker.Pack(coff.ToArray()));
    }

    [Fact]
    public void NothingToPackIsNoConstants()
    {
        using var packed = new LoadedObject(ConstantPacker.Empty(), []);
        Assert.Equal(0, *(int*)packed[ConstantPacker.Packed]);
    }

    private static byte[] Unpacked(LoadedObject packed)
    {
        var header = (int*)packed[ConstantPacker.Packed];
        byte[] room = new byte[header[0]];
        Assert.True(Unpacker.TryUnpack(
            new ReadOnlySpan<byte>(header + 2, header[1]), room, new ushort[PackedFormat.Contexts]));
        return room;
    }

    private static Dictionary<string, byte[]> Imports(IEnumerable<string> names) =>
        names.ToDictionary(name => name, _ => new byte[] { 0xC3 });

    private static (byte[] File, Dictionary<string, byte[]> Data) Compiled(Random random)
    {
        var data = new Dictionary<string, byte[]>();
        var content = new MemoryStream();
        var places = new List<(string Name, uint Offset)>();
        for (int i = 0; i < 40; i++)
        {
            string name = i is < 4 or > 30 ? $"table{i}" : $"{Prefix}{i - 4}";
            byte[] bytes = new byte[random.Next(8, 60)];
            if (i > 0)
            {
                random.NextBytes(bytes); // the first is a pointer, to which its relocation adds
            }

            content.Write(new byte[-content.Length & 7]);
            places.Add((name, (uint)content.Length));
            data[name] = bytes;
            content.Write(bytes);
        }

        var coff = new CoffObject();
        CoffSection code = coff.AddSection(".text", SectionFlags.Code, new byte[40 * 8]);
        CoffSection section = coff.AddSection(".rdata", SectionFlags.ReadOnlyData, content.ToArray());
        foreach ((string name, uint offset) in places)
        {
            coff.Define(name, section, offset);
            coff.Relocate(code, (uint)(random.Next(40) * 8), name, RelocationKind.Relative32);
        }

        coff.Relocate(section, places[0].Offset, "table1", RelocationKind.Address64);
        data.Remove("table0");
        return (coff.ToArray(), data);
    }
}
