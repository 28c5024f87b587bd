// What comes for the driver from outside: it goes into the next buffers of a queue of those that wait for such.
namespace MinusOne.Hv.Devices.Virtio;

internal unsafe partial struct VirtioDevice
{
    // Buffers in a row that are too small for a frame, and go back empty so that a larger one may come.
    private const int MostSmall = 4;

    // Bytes that may be parted: how many were taken.
    public int Fill(int index, ReadOnlySpan<byte> bytes)
    {
        ref VirtQueue queue = ref _queues[index];
        byte* room = stackalloc byte[sizeof(VirtChain)];
        ref VirtChain chain = ref *(VirtChain*)room;
        VirtStatus status = TakeNext(ref queue, ref chain);
        if (status == VirtStatus.Empty)
        {
            return 0;
        }

        int count = status == VirtStatus.Ready ? (int)Math.Min(chain.Writable, (ulong)bytes.Length) : 0;
        bool isFilled = count != 0 && chain.TryWrite(Memory, bytes.Slice(0, count));
        Conclude(ref queue, chain.Head, isFilled, (uint)count);
        return isFilled ? count : 0;
    }

    // A frame, behind its header; over several buffers if the driver has said that it puts them together. 5.1.6.4
    // Processing of Incoming Packets. False: there is no room, or the device is broken.
    public bool TryFill(int index, ref LanFrame frame, bool mayPart)
    {
        ref VirtQueue queue = ref _queues[index];
        byte* room = stackalloc byte[2 * sizeof(VirtChain)];
        ref VirtChain chain = ref *(VirtChain*)room;
        ref VirtChain first = ref ((VirtChain*)room)[1];
        int all = LanFrame.HeaderBytes + frame.Bytes;
        ushort chains = 0;
        for (int done = 0, small = 0; done < all;)
        {
            VirtStatus status = TakeNext(ref queue, ref chain);
            int part = status == VirtStatus.Ready ? (int)Math.Min(chain.Writable, (ulong)(all - done)) : 0;
            bool isSmall = status == VirtStatus.Ready && !mayPart && part < all;
            if (isSmall && small++ < MostSmall)
            {
                Conclude(ref queue, chain.Head, true, 0);
                continue;
            }

            if (isSmall || status == VirtStatus.Empty)
            {
                queue.PutBack(chains + (isSmall ? 1 : 0));
                return false;
            }

            if (!TryPut(ref frame, ref chain, done, part) || !queue.TryStage(Memory, chains, chain.Head, (uint)part))
            {
                return GiveUp(ref queue, frame.IsBroken, chains + 1);
            }

            first = chains++ == 0 ? chain : first;
            done += part;
        }

        return TryPublish(ref queue, ref first, chains);
    }

    // Nothing good can be said of a chain with something to be read, either.
    private VirtStatus TakeNext(ref VirtQueue queue, ref VirtChain chain)
    {
        if (!queue.IsEnabled || !IsRunning)
        {
            return VirtStatus.Empty;
        }

        VirtStatus status = queue.TryTake(Memory, HasEvents, ref chain);
        return status == VirtStatus.Ready && chain.Readable != 0 ? VirtStatus.Broken : status;
    }

    // A part of the header and the frame, from somewhere on. The header lies in one buffer.
    private bool TryPut(ref LanFrame frame, ref VirtChain chain, int from, int bytes)
    {
        Span<byte> header = stackalloc byte[LanFrame.HeaderBytes];
        frame.Write(header);
        int near = Math.Clamp(header.Length - from, 0, bytes);
        return bytes >= Math.Max(1, header.Length - from)
            && (near == 0 || chain.TryWrite(Memory, header.Slice(from, near)))
            && frame.TryCopy(from + near - header.Length, bytes - near, ref chain, Memory);
    }

    // It is the other side's fault, or this one's.
    private bool GiveUp(ref VirtQueue queue, bool isOther, int chains)
    {
        if (isOther)
        {
            queue.PutBack(chains);
        }
        else
        {
            Break();
        }

        return false;
    }

    private bool TryPublish(ref VirtQueue queue, ref VirtChain first, ushort chains)
    {
        first.Seek(LanFrame.ChainsAt, isWritten: true);
        bool isDone = first.TryWrite(Memory, new ReadOnlySpan<byte>(&chains, sizeof(ushort)))
            && queue.TryPublish(Memory, chains);
        if (!isDone)
        {
            Break();
        }
        else if (queue.IsAwaited(Memory, HasEvents))
        {
            Interrupt(queue.Vector, ForQueue);
        }

        return isDone;
    }
}
