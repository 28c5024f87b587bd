// Finds a built-in guest by its name or its id, in capital or small letters.

namespace MinusOne.Hv.Lessons;

internal static class GuestNames
{
    // Stands for all of them.
    public static ReadOnlySpan<byte> All => "all"u8;

    // The user's files: a kernel of which nothing is known (without one it is the built-in kernel), and one that must
    // be NimbOS.
    public static ReadOnlySpan<byte> Kernel => "kernel"u8;

    public static ReadOnlySpan<byte> NimbOs => "nimbos"u8;

    public static bool IsFile(ReadOnlySpan<byte> word) => IsNimbOs(word) || AreSame(word, Kernel);

    public static bool IsNimbOs(ReadOnlySpan<byte> word) => AreSame(word, NimbOs);

    // -1 if there is none.
    public static int IndexOf(ReadOnlySpan<byte> word, ReadOnlySpan<GuestProgram> programs)
    {
        for (int i = 0; i < programs.Length; i++)
        {
            if (AreSame(word, programs[i].Name.Span) || AreSame(word, programs[i].Id.Span))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool AreSame(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (int i = 0; i < left.Length; i++)
        {
            if (ToLower(left[i]) != ToLower(right[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static byte ToLower(byte character) =>
        character is >= (byte)'A' and <= (byte)'Z' ? (byte)(character | 0x20) : character;
}
