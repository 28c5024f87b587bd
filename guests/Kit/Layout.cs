// The layout of a demonstration's memory. Every guest has its machine for itself, so all may use the same places.
namespace MinusOne.Guests.Kit;

internal static class Layout
{
    // The hypervisor loads the image here and starts it here.
    public const uint Image = 0x8000;

    // The stack grows downwards from here.
    public const uint StackTop = 0x7000;

    // Interrupt descriptors, 256 times 16 bytes.
    public const uint InterruptTable = 0x2000;

    // The tables of a guest in long mode: the root, and one table of 512 pages of 1 GiB.
    public const uint RootTable = 0x3000;
    public const uint HugePages = 0x4000;

    // A page for the demonstration's own use.
    public const uint Scratch = 0x5000;

    // What the handlers of exceptions write down.
    public const uint Notes = 0x6000;

    // What a demonstration has unless its configuration says otherwise.
    public const ulong MemoryBytes = 0x10_0000;
}
