// Lays the functions of the compiler's object end to end. The compiler starts each at a multiple of 16 and fills up
// with NOPs, and it has told calls from one function to another as distances: these change with what they cross.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Iced.Intel;

namespace MinusOne.Efi.Stubs;

internal static class FunctionPacker
{
    private const byte Filler = 0x90;

    public static void Pack(byte[] managed)
    {
        var editor = new CoffEditor(managed);
        int section = editor.SectionOfCode();
        var pieces = new SectionPieces(editor, section);
        for (int piece = 0; piece < pieces.Count; piece++)
        {
            pieces.Keep(piece, WithoutFiller(pieces, piece), 1);
        }

        HashSet<int> linked = [.. editor.Relocations(section).Select(editor.Place)];
        pieces.Write(content =>
        {
            foreach ((int place, int from, int target) in Crossings(pieces, linked))
            {
                int distance = BitConverter.ToInt32(content, Moved(place)) + (Moved(target) - target)
                    - (Moved(from) - from);
                BitConverter.TryWriteBytes(content.AsSpan(Moved(place)), distance);
            }
        });

        int Moved(int offset) => pieces.Moved(offset)
            ?? throw new InvalidDataException("a function of the compiler's object goes on in its filler");
    }

    private static int WithoutFiller(SectionPieces pieces, int piece)
    {
        int end = pieces.End(piece);
        while (end > pieces.Start(piece) && pieces.Original[end - 1] == Filler)
        {
            end--;
        }

        return end;
    }

    // Where one function tells its distance to another: the place of the distance, an address in the function, and
    // where it leads. What the linker fills in is not the compiler's business, nor ours.
    private static IEnumerable<(int Place, int From, int Target)> Crossings(SectionPieces pieces, HashSet<int> linked)
    {
        var decoder = Decoder.Create(64, pieces.Original);
        while (decoder.IP < (ulong)pieces.Original.Length)
        {
            Instruction instruction = decoder.Decode();
            ConstantOffsets offsets = decoder.GetConstantOffsets(in instruction);
            int start = (int)instruction.IP;
            bool branches = Branches(in instruction);
            int target = (int)(branches ? instruction.NearBranchTarget : instruction.IPRelativeMemoryAddress);
            int place = start + (branches ? offsets.ImmediateOffset : offsets.DisplacementOffset);
            if ((branches || instruction.IsIPRelativeMemoryOperand) && !linked.Contains(place)
                && pieces.At(target) != pieces.At(start))
            {
                yield return (branches ? offsets.ImmediateSize : offsets.DisplacementSize) == sizeof(int)
                    ? (place, start, target) : throw Unknown(start);
            }

            if (instruction.IsInvalid)
            {
                throw Unknown(start);
            }
        }
    }

    private static bool Branches(in Instruction instruction) =>
        instruction.IsJccShortOrNear || instruction.IsJmpShortOrNear || instruction.IsCallNear;

    private static InvalidDataException Unknown(int place) =>
        new($"an instruction that cannot be moved at {place:X}h of the compiler's code");
}
