// What a program sees of its address space: its image, a heap that grows up, a stack that grows down. Nothing of it is
// in memory until it is touched.
namespace MinusOne.Guests.Kernel.Shared;

internal static class UserLayout
{
    public const ulong Image = 0x80_0000_0000;
    public const ulong Heap = 0x80_4000_0000;
    public const ulong HeapLimit = 0x80_C000_0000;
    public const ulong StackTop = 0x80_D000_0000;
    public const ulong StackBytes = 256 * 1024;
    public const ulong StackEnd = StackTop - StackBytes;

    // The line of words that a program was started with.
    public const int LongestLine = 128;
}
