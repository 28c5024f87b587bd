// How packed data is coded: a range coder whose probabilities adapt, over literal bytes, copies of what came before,
// and copies from as far back as the last one. A number is told by how many bits follow its highest, and then these
// bits. Here is where each kind of decision keeps its probability; Unpacker reads the code, Stubs/Packing/Packer.cs
// writes it.

namespace MinusOne.Efi.Packing;

internal static class PackedFormat
{
    // Probabilities have 12 bits, and move by a thirty-second of what is missing.
    public const int ProbabilityBits = 12;
    public const int Adaptation = 5;
    public const ushort Even = 1 << (ProbabilityBits - 1);

    // Below this the range is widened by a byte.
    public const uint LeastRange = 1 << 24;

    public const int ShortestCopy = 2;

    // Numbers have fewer bits than this.
    public const int MostBits = 20;
    public const int LargestNumber = (1 << (MostBits - 1)) - 1;

    // Of one kind of number: how many bits, and each bit by how many and which.
    public const int NumberContexts = MostBits + (MostBits * MostBits);

    // A copy, not a literal: by what the last four steps were, one bit each.
    public const int Copy = 0;

    // As far back as the last copy: by whether the last step was one.
    public const int Again = Copy + 16;

    // Two kinds: of copies from somewhere else, and of copies from as far back as the last.
    public const int Length = Again + 2;
    public const int Distance = Length + (2 * NumberContexts);

    // A tree of the eight bits, the highest first: one for each value of the highest three bits of the byte before.
    public const int Literal = Distance + NumberContexts;
    public const int TreeContexts = 256;
    public const int PreviousShift = 5;
    public const int Contexts = Literal + (TreeContexts * 8);

    public static int LiteralTree(byte before) => Literal + (TreeContexts * (before >> PreviousShift));

    public static int Lengths(bool again) => again ? Length + NumberContexts : Length;
}
