// The bytes of a frame in the order of the network: big-endian numbers, and the places of the headers that a station
// reads. IEEE 802.3 3.1.1, RFC 826 (ARP), RFC 791 (IPv4), RFC 768 (UDP), RFC 9293 (TCP), RFC 1071 (the checksum).
namespace MinusOne.Hv.Devices.Network;

internal static class Packet
{
    // The longest frame, with a VLAN's tag and without the check sequence, which no virtual card has.
    public const int Most = 1518;

    // And without that tag.
    public const int MostUntagged = 1514;
    public const int HardwareBytes = 6;

    public const ushort Arp = 0x806, Ip = 0x800, Tag = 0x8100;
    public const int TagBytes = 4;

    // Ethernet.
    public const int Destination = 0, Source = 6, Kind = 12, Payload = 14;

    // IPv4 behind it, as the server writes it: without options.
    public const int IpLength = 16, Fragment = 20, TimeToLive = 22, Protocol = 23, IpChecksum = 24;
    public const int IpSource = 26, IpDestination = 30, IpPayload = 34;

    // TCP, from its own beginning on.
    public const byte Tcp = 6;
    public const int TcpSequence = 4, TcpLength = 12, TcpFlags = 13, TcpChecksum = 16;

    public static ushort Read16(ReadOnlySpan<byte> bytes, int at) => (ushort)((bytes[at] << 8) | bytes[at + 1]);

    public static uint Read32(ReadOnlySpan<byte> bytes, int at) =>
        ((uint)Read16(bytes, at) << 16) | Read16(bytes, at + 2);

    public static ulong ReadHardware(ReadOnlySpan<byte> bytes, int at) =>
        ((ulong)Read16(bytes, at) << 32) | Read32(bytes, at + 2);

    public static void Write16(Span<byte> bytes, int at, int value)
    {
        bytes[at] = (byte)(value >> 8);
        bytes[at + 1] = (byte)value;
    }

    public static void Write32(Span<byte> bytes, int at, uint value)
    {
        Write16(bytes, at, (ushort)(value >> 16));
        Write16(bytes, at + 2, (ushort)value);
    }

    public static void WriteHardware(Span<byte> bytes, int at, ulong value)
    {
        Write16(bytes, at, (ushort)(value >> 32));
        Write32(bytes, at + 2, (uint)value);
    }

    // 0 over bytes that carry their checksum.
    public static ushort Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            sum += (uint)bytes[i] << ((i & 1) == 0 ? 8 : 0);
        }

        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~((sum & 0xFFFF) + (sum >> 16));
    }
}
