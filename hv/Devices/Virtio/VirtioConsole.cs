// A console: a port whose bytes go where those of the serial port go, and which gets what is typed in its place, and
// for a driver that knows of several another one (ConsolePorts). Virtual I/O Device 1.2, 5.3 Console Device. Leaves out
// writing in an emergency, for which there is the serial port.
namespace MinusOne.Hv.Devices.Virtio;

internal static unsafe class VirtioConsole
{
    private const ushort Type = 3;
    private const uint ClassCode = 0x07_8000;
    private const int Receiving = 0, Sending = 1;

    // Features: the size of the window, and several ports.
    public const ulong HasSize = 1 << 0;
    private const ulong MultiPort = 1 << 1;

    // Bytes sent in one go, and as how many that are moved each of them counts: the other end takes its time.
    private const int PartBytes = 128;
    private const int CostPerByte = 128;

    // False: no frame, or no slot.
    public static bool TryPlug(Board* board, FramePool* frames, in DeviceOrder order)
    {
        var kind = new VirtioKind { Type = Type, ClassCode = ClassCode, Queues = ConsolePorts.Queues };
        kind.Serve = &Serve;
        kind.Refilled = &Refilled;
        kind.Filled = 0b01_01_01;
        kind.Features = MultiPort | (order.Columns == 0 ? 0 : HasSize);
        if (!VirtioDevice.TryPlug(board, frames, in kind, out board->Console))
        {
            return false;
        }

        board->Console->HasKeys = order.Console == ConsoleKind.Virtio;
        var configuration = (ushort*)board->Console->Configuration;
        configuration[0] = order.Columns;
        configuration[1] = order.Rows;
        configuration[2] = ConsolePorts.Count;
        return true;
    }

    // What is typed goes there rather than to the serial port.
    public static bool HasKeys(Board* board) => board->Console != null && board->Console->HasKeys;

    // How many of the bytes that were typed it has taken. Linux has buffers for them before it listens, and throws them
    // away until it does: what comes first is something that it sends.
    public static int Receive(Board* board, ReadOnlySpan<byte> typed) =>
        board->Console->HasSent ? board->Console->Fill(Receiving, typed) : 0;

    // What is said of the ports may have waited for it.
    private static void Refilled(VirtioDevice* device, int queue)
    {
        if (queue == ConsolePorts.Announcing)
        {
            device->Ports.Announce(device);
        }
    }

    private static VirtProgress Serve(VirtioDevice* device, int queue, ref uint written)
    {
        device->HasSent |= queue == Sending;
        return queue == Sending || (device->Has(MultiPort) && queue == ConsolePorts.Logging) ? Send(device, queue)
            : device->Has(MultiPort) && device->Ports.TryHear(device) ? VirtProgress.Done
            : VirtProgress.Broken;
    }

    private static VirtProgress Send(VirtioDevice* device, int queue)
    {
        Span<byte> room = stackalloc byte[PartBytes];
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

            int sent = Show(device, part, queue != Sending);
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
    private static int Show(VirtioDevice* device, ReadOnlySpan<byte> part, bool isForLog)
    {
        Board* board = device->Board;
        for (int i = 0; i < part.Length; i++)
        {
            if (!board->HasOwnLine && Host.IsCongested())
            {
                Host.Pump();
                return i;
            }

            if (!isForLog)
            {
                board->Calls->Sent(board->Guest, part[i]);
            }
            else if (device->Ports.HasTold(board, part[i]))
            {
                // The log is sent at once, as slow as its line is.
                device->Hold();
                return i + 1;
            }
        }

        return part.Length;
    }
}
