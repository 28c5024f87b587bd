// Takes the texts and tables of the source ("..."u8 and the like) out of the compiler's object, and makes another in
// which they lie packed beside the room where efi/Constants.cs lays them out, before anything else. The code notices
// nothing: the symbols are now places in that room.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using MinusOne.Efi.Stubs.Packing;

namespace MinusOne.Efi.Stubs;

internal static class ConstantPacker
{
    public const string Packed = "PackedConstants";
    public const string Room = "Constants";

    // So the compiler names the data behind a constant span.
    private const string Prefix = "minusone__PrivateImplementationDetails_";

    // No constant is of anything larger than eight bytes.
    private const int Alignment = 8;

    // Changes the object, and returns the one of the constants.
    public static byte[] Pack(byte[] managed)
    {
        var editor = new CoffEditor(managed);
        var pieces = new SectionPieces(editor, editor.SectionNamed(".rdata"));
        var constants = new List<int>();
        for (int piece = 0; piece < pieces.Count; piece++)
        {
            if (pieces.Symbols[pieces.Start(piece)].All(symbol => IsConstant(editor.Name(symbol))))
            {
                constants.Add(piece);
            }
            else
            {
                pieces.Keep(piece, pieces.End(piece), 16);
            }
        }

        pieces.Write(_ => { });
        return ToObject(editor, pieces, InOrderOfUse(editor, pieces, constants));
    }

    // Without constants, for an object that has kept them.
    public static byte[] Empty() => ToObject([], []);

    private static bool IsConstant(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    // The compiler sorts them by a hash. Texts of one function are alike, and pack better side by side.
    private static IEnumerable<int> InOrderOfUse(CoffEditor editor, SectionPieces pieces, List<int> constants)
    {
        ILookup<int, int> uses = editor.Sections().SelectMany(section => editor.Relocations(section.Section))
            .ToLookup(editor.Symbol, editor.Place);
        return constants.OrderBy(
            piece => pieces.Symbols[pieces.Start(piece)].SelectMany(symbol => uses[symbol]).DefaultIfEmpty().Min());
    }

    private static byte[] ToObject(CoffEditor editor, SectionPieces pieces, IEnumerable<int> constants)
    {
        var plain = new MemoryStream();
        var symbols = new List<(string Name, uint Offset)>();
        foreach (int piece in constants)
        {
            foreach (int symbol in pieces.Symbols[pieces.Start(piece)])
            {
                symbols.Add((editor.Name(symbol), (uint)plain.Length));
                editor.Define(symbol, 0, 0);
            }

            plain.Write(pieces.Original.AsSpan(pieces.Start(piece)..pieces.End(piece)));
            plain.Write(new byte[-plain.Length & (Alignment - 1)]);
        }

        return ToObject(plain.ToArray(), symbols);
    }

    private static byte[] ToObject(byte[] plain, List<(string Name, uint Offset)> symbols)
    {
        byte[] packed = Packer.Pack(plain);
        var coff = new CoffObject();
        CoffSection room = coff.AddSpace(".bss", Math.Max(plain.Length, 1));
        coff.Define(Room, room, 0);
        foreach ((string name, uint offset) in symbols)
        {
            coff.Define(name, room, offset);
        }

        byte[] content = [.. BitConverter.GetBytes(plain.Length), .. BitConverter.GetBytes(packed.Length), .. packed];
        coff.Define(Packed, coff.AddSection(".rdata", SectionFlags.ReadOnlyData, content), 0);
        return coff.ToArray();
    }
}
