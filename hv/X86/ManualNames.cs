// The manual's words for its numbers.
namespace MinusOne.Hv.X86;

// Beside a member of an enum: what a report calls it. The image has no reflection: Seam/Names.cs.
internal sealed class SaysAttribute(string text) : Attribute
{
    public string Text => text;
}

// Beside a member of an enum of failures: the message, what it means, and the way out.
internal sealed class ExplainsAttribute(string message, string meaning, string wayOut) : Attribute
{
    public string Message => message;
    public string Meaning => meaning;
    public string WayOut => wayOut;
}

// The general registers by their numbers in machine code.
internal static class RegisterNames
{
    // Three letters each, in the order of the numbers.
    public static ReadOnlySpan<byte> Of(int number) =>
        "RAXRCXRDXRBXRSPRBPRSIRDIR8 R9 R10R11R12R13R14R15"u8.Slice((number & 15) * 3, 3);
}
