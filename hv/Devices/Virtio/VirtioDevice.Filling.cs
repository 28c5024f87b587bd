// What comes for the driver from outside: it goes into the next buffers of a queue of those that wait for such.
namespace MinusOne.Hv.Devices.Virtio;

internal unsafe partial struct VirtioDevice
{
    // Buffers in a row that are too small for a frame, and go back empty so that a larger one may come. Those that hold
    // any usual frame stay for one.
    private const int MostSmall = 4;
    private const int UsualBytes = LanFrame.HeaderBytes + Packet.MostUntagged;

    // Descriptors that are looked at for a frame before one more chain is: enough for buffers of this many bytes each,
    // and a chain may have a few more.
    private const int PieceBytes = 512;
    private const int FewLooked = 4;
    private const int MostLooked = FewLooked + ((LanFrame.HeaderBytes + LanFrame.MostLarge) / PieceBytes);

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

        Left -= Cost * chain.Count;
        int count = status == VirtStatus.Ready ? (int)Math.Min(chain.Writable, (ulong)bytes.Length) : 0;
        bool isFilled = count != 0 && chain.TryWrite(Memory, bytes.Slice(0, count));
        Conclude(ref queue, chain.Head, isFilled, (uint)count);
        return isFilled ? count : 0;
    }

    // A frame, behind its header; over several buffers if the driver has said that it puts them together. 5.1.6.4
    // Processing of Incoming Packets. False: there is no room, or it is in too many pieces, or the device is broken.
    public bool TryFill(int index, ref LanFrame frame, bool mayPart)
    {
        ref VirtQueue queue = ref _queues[index];
        byte* room = stackalloc byte[sizeof(Filling)];
        ref Filling filling = ref *(Filling*)room;
        filling.Chains = filling.Looked = 0;
        int all = LanFrame.HeaderBytes + frame.Bytes;
        for (int done = 0, small = 0; done < all;)
        {
            if (filling.Looked >= FewLooked + (all / PieceBytes))
            {
                return GiveEmpty(ref queue, ref filling);
            }

            VirtStatus status = TakeFor(ref frame, ref queue, ref filling);
            int part = status == VirtStatus.Ready ? (int)Math.Min(filling.Chain.Writable, (ulong)(all - done)) : 0;
            bool isSmall = status == VirtStatus.Ready && !mayPart && part < all;
            if (isSmall && filling.Chain.Writable < UsualBytes && small++ < MostSmall)
            {
                Conclude(ref queue, filling.Chain.Head, true, 0);
                continue;
            }

            if (isSmall || status == VirtStatus.Empty)
            {
                queue.PutBack(filling.Chains + (isSmall ? 1 : 0));
                return false;
            }

            if (!TryPut(ref frame, ref filling.Chain, done, part)
                || !queue.TryStage(Memory, filling.Chains, filling.Chain.Head, (uint)part))
            {
                return GiveUp(ref queue, frame.IsBroken, filling.Chains + 1);
            }

            filling.Keep();
            done += part;
        }

        return TryPublish(ref queue, ref filling.First, (ushort)filling.Chains);
    }

    // Its sender pays for looking.
    private VirtStatus TakeFor(ref LanFrame frame, ref VirtQueue queue, ref Filling filling)
    {
        VirtStatus status = TakeNext(ref queue, ref filling.Chain);
        int count = status == VirtStatus.Ready ? filling.Chain.Count : 0;
        filling.Looked += count;
        frame.Work += Cost * count;
        return status;
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

    // The frame is lost, and so are the buffers, lest the next one met them again.
    private bool GiveEmpty(ref VirtQueue queue, ref Filling filling)
    {
        bool isDone = true;
        for (int i = 0; i < filling.Chains; i++)
        {
            isDone &= queue.TryStage(Memory, i, filling.Heads[i], 0);
        }

        TellOf(ref queue, isDone && queue.TryPublish(Memory, filling.Chains));
        return false;
    }

    private bool TryPublish(ref VirtQueue queue, ref VirtChain first, ushort chains)
    {
        first.Seek(LanFrame.ChainsAt, isWritten: true);
        return TellOf(ref queue, first.TryWrite(Memory, new ReadOnlySpan<byte>(&chains, sizeof(ushort)))
            && queue.TryPublish(Memory, chains));
    }

    // The driver hears of what it was given back, or that this was not possible.
    private bool TellOf(ref VirtQueue queue, bool isDone)
    {
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

    // The chains of one frame: the one at hand, the first, and where all begin.
    private struct Filling
    {
        public VirtChain Chain;
        public VirtChain First;
        public fixed ushort Heads[MostLooked];
        public int Chains;
        public int Looked;

        public void Keep()
        {
            Heads[Chains] = Chain.Head;
            if (Chains++ == 0)
            {
                First = Chain;
            }
        }
    }
}
