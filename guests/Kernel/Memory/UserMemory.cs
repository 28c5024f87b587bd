// Copies between the kernel and a program, page by page through the window: the kernel never follows a program's
// pointer, so SMAP is never suspended, and a bad address is an answer instead of a fault.

using System;
using MinusOne.Guests.Kernel.Tasks;

namespace MinusOne.Guests.Kernel.Memory;

internal static unsafe class UserMemory
{
    public static bool TryRead(Task* task, ulong address, Span<byte> to)
    {
        while (!to.IsEmpty)
        {
            ulong physical = UserPages.Translate(task, address, write: false);
            if (physical == 0)
            {
                return false;
            }

            int count = Piece(address, to.Length);
            new ReadOnlySpan<byte>(Frames.At(physical), count).CopyTo(to);
            to = to.Slice(count);
            address += (ulong)count;
        }

        return true;
    }

    public static bool TryWrite(Task* task, ulong address, ReadOnlySpan<byte> from)
    {
        while (!from.IsEmpty)
        {
            ulong physical = UserPages.Translate(task, address, write: true);
            if (physical == 0)
            {
                return false;
            }

            int count = Piece(address, from.Length);
            from.Slice(0, count).CopyTo(new Span<byte>(Frames.At(physical), count));
            from = from.Slice(count);
            address += (ulong)count;
        }

        return true;
    }

    private static int Piece(ulong address, int length)
    {
        int left = FrameAllocator.FrameBytes - (int)(address & (FrameAllocator.FrameBytes - 1));
        return left < length ? left : length;
    }
}
