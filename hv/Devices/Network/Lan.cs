// The switches between the guests of the machine: a port for each guest, networks that know nothing of one another, and
// a server in each (LanServer). A frame is copied into its receivers' memory while its sender's exit is being handled,
// so a guest that floods pays for it with its own time, and whoever has no room for a frame does not get it. Where the
// cards are is known; the addresses behind a guest that bridges others are learned. IEEE 802.1D 7.7, 7.8.
namespace MinusOne.Hv.Devices.Network;

// One card, as the switch sees it.
internal unsafe struct LanStation
{
    public void* Card;

    // What it has no room for is lost.
    public delegate*<void*, LanFrame*, void> Take;

    // It has got something while its guest does not run.
    public delegate*<void*, void> Wake;
    public byte Network;
}

internal unsafe struct Lan
{
    private const int LearnedEntries = 64;
    private const int StationShift = 48;
    private const int LeastFrame = Packet.Payload;

    // Guests have numbers from 1 on; 0 is the server's.
    private StationArray _stations;

    // An address and, above it, the station and the network that it was seen at.
    private fixed ulong _learned[LearnedEntries];

    public void Join(int station, in LanStation card) => _stations[station] = card;

    public void Leave(int station)
    {
        _stations[station] = default;
        for (int i = 0; i < LearnedEntries; i++)
        {
            _learned[i] = (byte)(_learned[i] >> StationShift) == station ? 0 : _learned[i];
        }
    }

    // From the guest with this number. A frame that no card could have sent goes nowhere.
    public void Send(int from, ref LanFrame frame)
    {
        if (frame.Bytes < LeastFrame || frame.StartBytes > Packet.Most)
        {
            return;
        }

        var data = new ReadOnlySpan<byte>(frame.Start, frame.StartBytes);
        int network = _stations[from].Network;
        ulong to = Packet.ReadHardware(data, Packet.Destination);
        Learn(from, network, Packet.ReadHardware(data, Packet.Source));
        int receiver = Find(network, to);
        if ((receiver is LanAddress.Server || LanAddress.IsGroup(to)) && !frame.IsLarge)
        {
            Ask(from, network, data);
        }

        // A large one may have to be cut into many for each that gets it. It is TCP's, which has one receiver.
        if (receiver < 0 && frame.IsLarge)
        {
            return;
        }

        int first = receiver < 0 ? 1 : receiver;
        int last = receiver < 0 ? LanAddress.Stations - 1 : receiver;
        for (int station = Math.Max(first, 1); station <= last && !frame.IsBroken; station++)
        {
            Give(station, from, network, ref frame);
        }
    }

    // A card that has no room, or is broken by what it has been given, may have something to say of that.
    private void Give(int station, int from, int network, ref LanFrame frame)
    {
        ref LanStation card = ref _stations[station];
        if (station != from && card.Card != null && card.Network == network)
        {
            card.Take(card.Card, (LanFrame*)Unsafe.AsPointer(ref frame));
            card.Wake(card.Card);
        }
    }

    private void Ask(int from, int network, ReadOnlySpan<byte> frame)
    {
        ulong members = 0;
        for (int station = 1; station < LanAddress.Stations; station++)
        {
            bool isMember = _stations[station].Card != null && _stations[station].Network == network;
            members |= isMember ? LanMember.Bit(station) : 0;
        }

        byte* reply = stackalloc byte[Packet.Most];
        var asker = new LanMember(network, from, members);
        int bytes = LanServer.Answer(in asker, frame, new Span<byte>(reply, Packet.Most));
        ref LanStation card = ref _stations[from];
        if (bytes != 0 && card.Card != null)
        {
            LanFrame answer = LanFrame.Plain(reply, bytes);
            card.Take(card.Card, &answer);
        }
    }

    // The station, or -1: everybody may have it.
    private int Find(int network, ulong address)
    {
        ulong own = address - LanAddress.Hardware(network, LanAddress.Server);
        if (own < LanAddress.Stations)
        {
            return (int)own;
        }

        ulong entry = _learned[Place(address)];
        bool isKnown = entry << (64 - StationShift) == address << (64 - StationShift) && !LanAddress.IsGroup(address)
            && entry != 0 && (int)(entry >> (StationShift + 8)) == network;
        return isKnown ? (byte)(entry >> StationShift) : -1;
    }

    // Nobody gets another guest's own frames by claiming its address: those are found before what was learned.
    private void Learn(int from, int network, ulong address)
    {
        if (!LanAddress.IsGroup(address))
        {
            ulong place = ((ulong)(uint)network << 8) | (uint)from;
            _learned[Place(address)] = address | (place << StationShift);
        }
    }

    // The upper bits of a product depend on all of the address.
    private static int Place(ulong address) => (int)((address * 0x9E37_79B9_7F4A_7C15) >> 58);

    [InlineArray(LanAddress.Stations)]
    private struct StationArray { private LanStation _first; }
}
