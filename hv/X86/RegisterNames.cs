// The general registers' names by their numbers in machine code.

namespace MinusOne.Hv.X86;

internal static class RegisterNames
{
    // Three letters each, in the order of the numbers.
    public static ReadOnlySpan<byte> Of(int number) =>
        "RAXRCXRDXRBXRSPRBPRSIRDIR8 R9 R10R11R12R13R14R15"u8.Slice((number & 15) * 3, 3);
}
