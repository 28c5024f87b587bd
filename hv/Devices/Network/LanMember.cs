// The guest that asks the server of a network, and those that the server knows: a bit for each that is there.
namespace MinusOne.Hv.Devices.Network;

internal readonly struct LanMember(int network, int station, ulong members)
{
    public readonly int Network = network;
    public readonly int Station = station;
    public readonly ulong Members = members;

    public uint Ip => LanAddress.Ip(Network, Station);
    public uint ServerIp => LanAddress.Ip(Network, LanAddress.Server);

    // A guest's; the server's would be the one below.
    public static ulong Bit(int station) => 1UL << (station - 1);

    public bool Knows(int station) => (Members & Bit(station)) != 0;
}
