// The layout of the stand-in's memory: of its bss, and of the 16 MiB that every NimbOS has.
namespace MinusOne.Guests.Contract;

internal static class Map
{
    public const uint Megabyte = 0x10_0000;

    public const uint RootTable = 0x21_0000;
    public const uint HugePages = 0x21_1000;
    public const uint TaskState = 0x21_2000;
    public const uint Notes = 0x21_3000;

    // What GS points to in the kernel, and for a program.
    public const uint KernelData = 0x21_4000;
    public const uint UserData = 0x21_5000;

    public const uint StackTop = 0x21_8000;
    public const uint BssEnd = 0x21_8000;

    // Pages that nobody has touched: one every 64 KiB.
    public const uint Untouched = 0x40_0000;
    public const uint UntouchedStep = 0x1_0000;

    // The same memory a second time, where nothing is executed.
    public const ulong NoExecute = 0x1_0000_0000;

    // NimbOS never looks behind.
    public const uint MemoryEnd = 0x100_0000;
}
