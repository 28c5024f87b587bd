// Levels of a table hierarchy, counted as the manual counts them: an entry of level 1 maps 4 KiB, of level 2 2 MiB, of
// level 3 1 GiB; the root of a 4-level hierarchy is level 4.

namespace MinusOne.Hv.Memory;

internal static class PageLevel
{
    public const int Page4K = 1;
    public const int Page2M = 2;
    public const int Page1G = 3;
    public const int Root = 4;

    public const int EntriesPerTable = 512;

    public static int Shift(int level) => 3 + (9 * level);

    // Bytes that one entry of this level covers.
    public static ulong Size(int level) => 1UL << Shift(level);

    public static ulong OffsetMask(int level) => Size(level) - 1;

    public static int Index(ulong input, int level) => (int)(input >> Shift(level)) & (EntriesPerTable - 1);
}
