// Another processor starts here: in the page below 1 MiB that the start-up interrupt names. It begins with code from
// the boot page (Stubs/BootPage.cs); behind that lies what the processor is to begin with. One processor at a time uses
// it.

using System.Runtime.InteropServices;

namespace MinusOne.Guests.Kernel.Machine;

[StructLayout(LayoutKind.Sequential)]
internal struct StartArea
{
    public const uint Address = 0x8000;
    public const int GdtPointer = 0x70;
    public const int Data = 0x80;

    // In the boot page: what is copied here.
    public const int Code = 0xF40;

    public ulong Root;
    public ulong StackTop;
    public ulong Processor;
    public ulong Entry;
    public ulong Efer;
}
