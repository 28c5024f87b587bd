// A console: one port, whose bytes go where those of the serial port go, and which gets what is typed in its place.
// Virtual I/O Device 1.2, 5.3 Console Device. Leaves out further ports, the size of a window, which nobody here knows,
// and writing in an emergency, for which there is the serial port.
namespace MinusOne.Hv.Devices.Virtio;

internal static unsafe class VirtioConsole
{
    private const ushort Type = 3;
    private const uint ClassCode = 0x07_8000;
    private const int Receiving = 0;

    // Bytes sent in one go, and as how many that are moved each of them counts: the other end takes its time.
    private const int PartBytes = 128;
    private const int CostPerByte = 128;

    // False: no frame, or no slot.
    public static bool TryPlug(Board* board, FramePool* frames, bool hasKeys)
    {
        var kind = new VirtioKind { Type = Type, ClassCode = ClassCode, Queues = 2, Serve = &Serve };
        kind.Filled = 1 << Receiving;
        bool isThere = VirtioDevice.TryPlug(board, frames, in kind, out board->Console);
        if (isThere)
        {
            board->Console->HasKeys = hasKeys;
        }

        return isThere;
    }

    // What is typed goes there rather than to the serial port.
    public static bool HasKeys(Board* board) => board->Console != null && board->Console->HasKeys;

    // How many of the bytes that were typed it has taken. Linux has buffers for them before it listens, and throws them
    // away until it does: what comes first is something that it sends.
    public static int Receive(Board* board, ReadOnlySpan<byte> typed) =>
        board->Console->HasSent ? board->Console->Fill(Receiving, typed) : 0;

    private static VirtProgress Serve(VirtioDevice* device, int queue, ref uint written)
    {
        Span<byte> room = stackalloc byte[PartBytes];
        device->HasSent = true;
        while (device->Done < device->Chain.Readable)
        {
            if (device->Left <= 0)
            {
                return VirtProgress.Waiting;
            }

            Span<byte> part = room.Slice(0, (int)Math.Min(device->Chain.Readable - device->Done, PartBytes));
            if (!device->Chain.TryRead(device->Memory, part))
            {
                return VirtProgress.Broken;
            }

            int sent = Show(device->Board, part);
            device->Done += (uint)sent;
            device->Left -= sent * CostPerByte;
            if (sent < part.Length)
            {
                device->Chain.Seek(device->Done, isWritten: false);
                device->Hold();
                return VirtProgress.Waiting;
            }
        }

        return VirtProgress.Done;
    }

    // The console is slower than a guest that prints. Where others share it, this one waits outside of its exit.
    private static int Show(Board* board, ReadOnlySpan<byte> part)
    {
        for (int i = 0; i < part.Length; i++)
        {
            if (!board->HasOwnLine && Host.IsCongested())
            {
                Host.Pump();
                return i;
            }

            board->Calls->Sent(board->Guest, part[i]);
        }

        return part.Length;
    }
}
