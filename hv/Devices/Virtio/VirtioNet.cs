// A network card: a port of the switch between the guests. Virtual I/O Device 1.2, 5.1 Network Device. A frame is one
// chain, behind a header that says what its sender left to do: a checksum, or cutting a large frame of TCP into
// segments. What the receiver does not take so is done before it gets it (Segments); what comes when its driver has no
// buffer for it is lost, as on any cable. Leaves out several queues, control, filters, and large frames that are not
// TCP's over IPv4.
namespace MinusOne.Hv.Devices.Virtio;

// Which port of the switch it has.
internal unsafe struct NetState
{
    public Lan* Lan;
    public int Station;
    public int Network;

    public readonly void Leave()
    {
        if (Lan != null)
        {
            Lan->Leave(Station);
        }
    }

    // The port of the guest with this number. Networks count from 1; 0: it has no card.
    public static NetState For(Lan* lan, byte network, uint guest) =>
        new() { Lan = network == 0 ? null : lan, Station = (int)guest, Network = network - 1 };
}

internal static unsafe class VirtioNet
{
    private const ushort Type = 1;
    private const uint ClassCode = 0x02_0000;
    private const int Receiving = 0;

    // Features: the largest packet is told, so are the address and that the cable is in. What a driver may leave to do
    // when it sends, and may be left when it receives; and it may be given a frame in several buffers.
    private const ulong PacketSize = 1UL << 3, Address = 1UL << 5, Status = 1UL << 16;
    private const ulong SendsPartial = 1UL << 0, SendsLarge = 1UL << 11;
    private const ulong TakesPartial = 1UL << 1, TakesLarge = 1UL << 7, TakesParts = 1UL << 15;
    private const int StatusAt = 6, PacketSizeAt = 10;
    private const ushort IsLinked = 1;

    // Without a VLAN's four bytes, which a frame may have beside.
    private const ushort PacketBytes = 1500;

    private const int HeaderBytes = LanFrame.HeaderBytes;

    // False: no frame, or no slot.
    public static bool TryPlug(Board* board, FramePool* frames, in NetState port)
    {
        var kind = new VirtioKind { Type = Type, ClassCode = ClassCode, Queues = 2, Serve = &Serve };
        kind.Filled = 1 << Receiving;
        kind.Features = PacketSize | Address | Status;
        kind.Features |= SendsPartial | SendsLarge | TakesPartial | TakesLarge | TakesParts;
        if (!VirtioDevice.TryPlug(board, frames, in kind, out VirtioDevice* device))
        {
            return false;
        }

        var configuration = new Span<byte>(device->Configuration, VirtioDevice.ConfigurationBytes);
        Packet.WriteHardware(configuration, 0, LanAddress.Hardware(port.Network, port.Station));
        BinaryPrimitives.WriteUInt16LittleEndian(configuration.Slice(StatusAt), IsLinked);
        BinaryPrimitives.WriteUInt16LittleEndian(configuration.Slice(PacketSizeAt), PacketBytes);
        device->Net = port;
        board->Card = device;
        port.Lan->Join(port.Station, new LanStation
        {
            Card = device,
            Network = (byte)port.Network,
            Take = &Take,
            Wake = &Wake,
        });
        return true;
    }

    // What is too short or too long for a frame is sent nowhere, and so is one whose header makes no sense. The
    // beginning of a large one is read, with all of its headers.
    private static VirtProgress Serve(VirtioDevice* device, int queue, ref uint written)
    {
        byte* room = stackalloc byte[HeaderBytes + Packet.Most];
        ulong bytes = device->Chain.Readable;
        if (bytes is < HeaderBytes or > HeaderBytes + LanFrame.MostLarge)
        {
            return VirtProgress.Done;
        }

        var start = new Span<byte>(room, (int)Math.Min(bytes, HeaderBytes + Packet.Most));
        if (!device->Chain.TryRead(device->Memory, start))
        {
            return VirtProgress.Broken;
        }

        LanFrame frame = LanFrame.Plain(room + HeaderBytes, start.Length - HeaderBytes);
        frame.Bytes = (int)bytes - HeaderBytes;
        frame.Chain = &device->Chain;
        frame.Memory = device->Memory;
        device->Left -= start.Length;
        if (frame.TryJudge(start, device->Has(SendsPartial), device->Has(SendsPartial | SendsLarge)))
        {
            device->Net.Lan->Send(device->Net.Station, ref frame);
            device->Left -= frame.Work;
        }

        return frame.IsBroken ? VirtProgress.Broken : VirtProgress.Done;
    }

    private static void Take(void* card, LanFrame* frame)
    {
        var device = (VirtioDevice*)card;
        if (frame->IsLarge ? device->Has(TakesPartial | TakesLarge)
            : frame->ChecksumAt == 0 || device->Has(TakesPartial))
        {
            TryDeliver(device, ref *frame);
            return;
        }

        byte* room = stackalloc byte[Packet.Most];
        var own = new Span<byte>(room, Packet.Most);
        int step = frame->IsLarge ? frame->SegmentBytes : frame->Bytes;
        bool isTaken = true;
        for (int from = frame->HeadersBytes; from < frame->Bytes && isTaken; from += step)
        {
            int bytes = frame->IsLarge ? Segments.Cut(ref *frame, from, own) : Segments.Complete(ref *frame, own);
            LanFrame plain = LanFrame.Plain(room, bytes);
            isTaken = bytes != 0 && TryDeliver(device, ref plain);
            frame->Work += plain.Work;
        }
    }

    private static bool TryDeliver(VirtioDevice* device, ref LanFrame frame)
    {
        frame.Work += frame.Bytes + VirtioDevice.Cost;
        return device->TryFill(Receiving, ref frame, device->Has(TakesParts));
    }

    // Its guest does not run.
    private static void Wake(void* card)
    {
        Board* board = ((VirtioDevice*)card)->Board;
        board->Calls->Woken(board->Guest, board->Apic->Id);
    }
}
