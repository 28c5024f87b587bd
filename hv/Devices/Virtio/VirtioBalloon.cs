// A balloon: a guest tells which of its memory it does without. What it reports as free, and what it puts into the
// balloon, is no longer mapped; a touch brings a clear page again, so that nothing has to be done to take pages out.
// Virtual I/O Device 1.2, 5.5 Traditional Memory Balloon Device. Addresses may be anything: what is no RAM of the
// guest's, or no whole page, stays as it is. A frame that goes back may be somebody else's at once, and an instruction
// that is being carried out may still have its address: so pages go only while nothing is (Board.IsAtRest). Left out:
// statistics, hints before a migration, and the guest's poison, which a clear page would not have.
namespace MinusOne.Hv.Devices.Virtio;

internal static unsafe class VirtioBalloon
{
    private const ushort Type = 5;
    private const uint ClassCode = 0xFF_0000;

    // Features: the guest takes pages out rather than fail for want of memory; it reports what is free.
    private const ulong DeflateOnOom = 1UL << 2, Reporting = 1UL << 5;

    // The specification gives a queue its number whether those before it are there or not; Linux counts only those that
    // are there. Nobody else has number 2, so reports are taken from both.
    private const int Inflating = 0, Deflating = 1, LinuxReporting = 2, FreeReporting = 4;

    // What the driver has put into the balloon it writes to bytes 4 to 7 of the configuration.
    private const ulong Actual = 0xF0;
    private const uint PieceBytes = 2 << 20;
    private const ulong PageMask = 0xFFF;

    // As how many bytes that are moved a page, and a piece of a report count.
    private const int PageCost = 4 << 10, PieceCost = 64 << 10;

    // False: no frame, or no slot. `pages`: what the guest is asked to do without.
    public static bool TryPlug(Board* board, FramePool* frames, uint pages)
    {
        var kind = new VirtioKind { Type = Type, ClassCode = ClassCode, Queues = FreeReporting + 1, Serve = &Serve };
        kind.Features = DeflateOnOom | Reporting;
        kind.Written = Actual;
        if (!VirtioDevice.TryPlug(board, frames, in kind, out VirtioDevice* device))
        {
            return false;
        }

        *(uint*)device->Configuration = pages;
        return true;
    }

    private static VirtProgress Serve(VirtioDevice* device, int queue, ref uint written)
    {
        if (queue == Deflating)
        {
            return VirtProgress.Done;
        }

        if (!device->Board->IsAtRest)
        {
            device->Left = Math.Min(device->Left, 0);
            return VirtProgress.Waiting;
        }

        return queue == Inflating ? Inflate(device)
            : queue is LinuxReporting or FreeReporting ? Report(device)
            : VirtProgress.Broken;
    }

    // Numbers of pages, 32 bits each.
    private static VirtProgress Inflate(VirtioDevice* device)
    {
        ref VirtChain chain = ref device->Chain;
        if (chain.Writable != 0 || chain.Readable % sizeof(uint) != 0)
        {
            return VirtProgress.Broken;
        }

        for (uint page; device->Done < chain.Readable; device->Done += sizeof(uint))
        {
            if (device->Left <= 0)
            {
                return VirtProgress.Waiting;
            }

            if (!chain.TryRead(device->Memory, new Span<byte>(&page, sizeof(uint))))
            {
                return VirtProgress.Broken;
            }

            device->Left -= PageCost;
            Discard(device->Memory, (ulong)page << 12, PageMask + 1);
        }

        return VirtProgress.Done;
    }

    // The free memory itself is the buffers.
    private static VirtProgress Report(VirtioDevice* device)
    {
        ref VirtChain chain = ref device->Chain;
        if (chain.Readable != 0)
        {
            return VirtProgress.Broken;
        }

        while (device->Done < chain.Writable)
        {
            if (device->Left <= 0)
            {
                return VirtProgress.Waiting;
            }

            uint bytes = chain.Pass(uint.MaxValue, PieceBytes, out ulong address);
            if (bytes == 0)
            {
                return VirtProgress.Broken;
            }

            device->Left -= PieceCost;
            device->Done += bytes;
            Discard(device->Memory, address, bytes);
        }

        return VirtProgress.Done;
    }

    // The whole pages in a range, as far as they are RAM. One that begins in the last page of all has none.
    private static void Discard(GuestMemory* memory, ulong start, ulong bytes)
    {
        ulong part = (0 - start) & PageMask;
        ulong first = start + part, end = first + ((Math.Max(bytes, part) - part) & ~PageMask);
        foreach (ref readonly GuestExtent extent in memory->Extents)
        {
            ulong from = Math.Max(first, extent.Start.Value), to = Math.Min(end, extent.End.Value);
            if (from < to)
            {
                memory->TryDiscard(new Gpa(from), to - from);
            }
        }
    }
}
