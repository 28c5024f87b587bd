// The one allocator of frames, and the window through which the kernel sees all physical memory.

using MinusOne.Guests.Kernel.Machine;

namespace MinusOne.Guests.Kernel.Memory;

internal static unsafe class Frames
{
    private static FrameAllocator s_allocator;

    public static ref FrameAllocator All => ref s_allocator;

    // 0 if memory is used up.
    public static ulong AllocateCleared()
    {
        ulong frame = s_allocator.Allocate();
        if (frame != 0)
        {
            Cpu.ClearFrame(At(frame));
        }

        return frame;
    }

    public static byte* At(ulong physical) => KernelSpace.Window + physical;
}
