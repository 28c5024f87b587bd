// What a multiboot loader tells about memory. Multiboot Specification 0.6.96, 3.3 Boot information format. The kernel
// uses one piece: from 1 MiB up to the first hole.

using System.Runtime.InteropServices;
using MinusOne.Guests.Kernel.Memory;

namespace MinusOne.Guests.Kernel.Boot;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MultibootInfo
{
    private const uint Magic = 0x2BADB002;
    private const uint HasMemory = 1;
    private const ulong Megabyte = 1ul << 20;

    // What every machine has that the hypervisor makes.
    private const ulong LeastMemory = 16 * Megabyte;
    private const ulong MostMemory = 3ul << 30;

    private uint _flags;
    private uint _lowerKilobytes;
    private uint _upperKilobytes;

    // The end of memory, in whole frames. Without a loader that knows, as little as there can be.
    public static ulong MemoryEnd(uint magic, MultibootInfo* info)
    {
        ulong end = LeastMemory;
        if (magic == Magic && (info->_flags & HasMemory) != 0)
        {
            end = Megabyte + ((ulong)info->_upperKilobytes * 1024);
        }

        end = end < MostMemory ? end : MostMemory;
        return end & ~(FrameAllocator.FrameBytes - 1ul);
    }
}
