// The addresses of a network between guests: each guest has its own by its number, the same in every run, and number 0
// is the server that the network itself has. The cards' addresses are locally administered ("M1" stands in them), the
// others are private. IEEE 802 8.4, RFC 1918.
namespace MinusOne.Hv.Devices.Network;

internal static class LanAddress
{
    public const int Networks = 8;
    public const int Server = 0;

    // With the server: guests have numbers from 1 on.
    public const int Stations = 65;

    public const uint Mask = 0xFFFF_FF00;
    public const uint Everybody = uint.MaxValue;
    public const ulong HardwareEverybody = 0xFFFF_FFFF_FFFF;

    private const ulong HardwareFirst = 0x024D_3100_0000;
    private const ulong Group = 1UL << 40;

    // 10.77.LAN.1 is the server, 10.77.LAN.11 guest 1.
    private const uint First = 0x0A4D_0001;
    private const uint FirstGuest = 9;

    public static ulong Hardware(int network, int station) => HardwareFirst | ((uint)network << 8) | (uint)station;

    public static uint Ip(int network, int station) =>
        First + ((uint)network << 8) + (station == Server ? 0 : FirstGuest + (uint)station);

    public static bool IsGroup(ulong hardware) => (hardware & Group) != 0;
}
