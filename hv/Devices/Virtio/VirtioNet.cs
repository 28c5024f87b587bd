// A network card: a port of the switch between the guests. Virtual I/O Device 1.2, 5.1 Network Device. A frame is one
// chain, behind a header that says nothing here; one that comes when the driver has no buffer for it is lost, as on any
// cable. Leaves out several queues, control, filters, and checksums or segments that one side leaves to the other.
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

    // Features: the largest packet is told, so are the address and that the cable is in.
    private const ulong PacketSize = 1UL << 3, Address = 1UL << 5, Status = 1UL << 16;
    private const int StatusAt = 6, PacketSizeAt = 10;
    private const ushort IsLinked = 1;

    // Without a VLAN's four bytes, which a frame may have beside.
    private const ushort PacketBytes = 1500;

    private const int HeaderBytes = 12;

    // The place in a received header of how many chains the frame fills.
    private const int Chains = 10;

    // False: no frame, or no slot.
    public static bool TryPlug(Board* board, FramePool* frames, in NetState port)
    {
        var kind = new VirtioKind { Type = Type, ClassCode = ClassCode, Queues = 2, Serve = &Serve };
        kind.Filled = 1 << Receiving;
        kind.Features = PacketSize | Address | Status;
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

    // What is too short or too long for a frame is sent nowhere.
    private static VirtProgress Serve(VirtioDevice* device, int queue, ref uint written)
    {
        byte* frame = stackalloc byte[HeaderBytes + Packet.Most];
        ulong bytes = device->Chain.Readable;
        if (bytes is < HeaderBytes or > HeaderBytes + Packet.Most)
        {
            return VirtProgress.Done;
        }

        if (!device->Chain.TryRead(device->Memory, new Span<byte>(frame, (int)bytes)))
        {
            return VirtProgress.Broken;
        }

        int copies = device->Net.Lan->Send(device->Net.Station, frame + HeaderBytes, (int)bytes - HeaderBytes);
        device->Left -= (int)bytes + (copies * ((int)bytes + VirtioDevice.Cost));
        return VirtProgress.Done;
    }

    private static bool Take(void* card, byte* frame, int bytes)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        header[Chains] = 1;
        return ((VirtioDevice*)card)->TryFill(Receiving, header, new ReadOnlySpan<byte>(frame, bytes));
    }

    // Its guest does not run.
    private static void Wake(void* card)
    {
        Board* board = ((VirtioDevice*)card)->Board;
        board->Calls->Woken(board->Guest, board->Apic->Id);
    }
}
