// Pipes: 4 KiB each between programs. Who reads from an empty one waits as long as somebody may write, and the other
// way round.

using System;
using System.Runtime.CompilerServices;
using MinusOne.Guests.Kernel.Memory;
using MinusOne.Guests.Kernel.Shared;
using MinusOne.Guests.Kernel.Tasks;

namespace MinusOne.Guests.Kernel.Files;

internal static unsafe class Pipes
{
    private const int Capacity = 16;

    private static PipeArray s_pipes;

    // The number of a new one, with one end of each kind still to be counted; -1 if there is none or no memory.
    public static int Create()
    {
        for (int i = 0; i < Capacity; i++)
        {
            Pipe* pipe = At(i);
            if (pipe->Frame == 0)
            {
                pipe->Frame = Frames.All.Allocate();
                pipe->Bytes.Initialize(Frames.At(pipe->Frame), FrameAllocator.FrameBytes);
                return pipe->Frame != 0 ? i : -1;
            }
        }

        return -1;
    }

    // A handle of it appeared or went.
    public static void Change(in Handle handle, int by)
    {
        if (handle.Kind is not (HandleKind.PipeEnd or HandleKind.PipeStart))
        {
            return;
        }

        Pipe* pipe = At(handle.Index);
        pipe->Readers += handle.Kind == HandleKind.PipeEnd ? by : 0;
        pipe->Writers += handle.Kind == HandleKind.PipeStart ? by : 0;
        Scheduler.Wake(pipe);
        if (pipe->Readers == 0 && pipe->Writers == 0)
        {
            Frames.All.Release(pipe->Frame);
            pipe->Frame = 0;
        }
    }

    public static int Read(int number, Span<byte> to)
    {
        Pipe* pipe = At(number);
        while (pipe->Bytes.IsEmpty)
        {
            if (pipe->Writers == 0)
            {
                return 0;
            }

            Scheduler.Wait(pipe);
        }

        int count = 0;
        while (count < to.Length && !pipe->Bytes.IsEmpty)
        {
            to[count++] = pipe->Bytes.Take();
        }

        Scheduler.Wake(pipe);
        return count;
    }

    public static int Write(int number, ReadOnlySpan<byte> from)
    {
        Pipe* pipe = At(number);
        foreach (byte value in from)
        {
            while (pipe->Bytes.IsFull && pipe->Readers > 0)
            {
                Scheduler.Wake(pipe);
                Scheduler.Wait(pipe);
            }

            if (pipe->Readers == 0)
            {
                return (int)CallError.BrokenPipe;
            }

            pipe->Bytes.Put(value);
        }

        Scheduler.Wake(pipe);
        return from.Length;
    }

    private static Pipe* At(int number) => (Pipe*)Unsafe.AsPointer(ref s_pipes) + number;

    private struct Pipe
    {
        public ulong Frame;
        public ByteRing Bytes;
        public int Readers;
        public int Writers;
    }

    [InlineArray(Capacity)]
    private struct PipeArray
    {
        private Pipe _first;
    }
}
