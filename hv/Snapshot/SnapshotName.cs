// How a snapshot is called that leaves the machine. On its way it has this magic before it, a byte that says how long
// its name is, the name, and eight bytes that say how many follow. A name becomes that of a file: it has no path in it.
namespace MinusOne.Hv.Snapshot;

internal static class SnapshotName
{
    public const int Longest = 32;

    public static ReadOnlySpan<byte> Magic => "M1KEEPS\n"u8;

    public static bool IsGood(ReadOnlySpan<byte> name)
    {
        bool isGood = name.Length is > 0 and <= Longest && IsLetter(name[0]);
        foreach (byte value in name)
        {
            isGood &= IsLetter(value) || value is (>= (byte)'0' and <= (byte)'9') or (byte)'.' or (byte)'-';
        }

        return isGood;
    }

    private static bool IsLetter(byte value) => (value | 0x20) is >= (byte)'a' and <= (byte)'z';
}
