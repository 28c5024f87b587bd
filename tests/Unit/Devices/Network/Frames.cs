// Builds frames field by field, as the standards draw them, and with its own arithmetic for checksums.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;

namespace MinusOne.Tests.Unit.Devices.Network;

internal static class Frames
{
    public const string Everybody = "FF-FF-FF-FF-FF-FF";

    public static byte[] Hex(string text) => Convert.FromHexString(text.Replace("-", "").Replace(" ", ""));

    public static byte[] Ip(string address) => IPAddress.Parse(address).GetAddressBytes();

    public static byte[] Two(int value) => [(byte)(value >> 8), (byte)value];

    public static byte[] Ethernet(string to, string from, int kind, byte[] payload) =>
        [.. Hex(to), .. Hex(from), .. Two(kind), .. payload];

    public static byte[] Packet(string from, string to, byte protocol, byte[] payload)
    {
        byte[] header =
        [
            0x45, 0, .. Two(20 + payload.Length), 0, 0, 0x40, 0, 64, protocol, 0, 0, .. Ip(from), .. Ip(to),
        ];
        Two(Sum(header)).CopyTo(header, 10);
        return [.. header, .. payload];
    }

    public static byte[] Datagram(int from, int to, byte[] payload) =>
        [.. Two(from), .. Two(to), .. Two(8 + payload.Length), 0, 0, .. payload];

    // RFC 1071 in 64 bits, whole words at a time.
    public static int Sum(IEnumerable<byte> bytes)
    {
        long sum = bytes.Chunk(2).Sum(pair => (pair[0] << 8) + (pair.Length > 1 ? pair[1] : 0));
        while (sum > 0xFFFF)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (int)(~sum & 0xFFFF);
    }

    public static byte[] Dhcp(int type, string client, params byte[][] options)
    {
        byte[] message = new byte[240];
        message[0] = 1;
        message[1] = 1;
        message[2] = 6;
        Hex("11223344").CopyTo(message, 4);
        Ip(client).CopyTo(message, 12);
        Hex("024D31000001").CopyTo(message, 28);
        Hex("63825363").CopyTo(message, 236);
        return [.. message, 53, 1, (byte)type, .. options.SelectMany(option => option), 255];
    }

    public static byte[] Question(string name, int kind, int flags = 0x100) =>
    [
        .. Two(0xABCD), .. Two(flags), 0, 1, 0, 0, 0, 0, 0, 0,
        .. name.Split('.').SelectMany(label => label.Select(letter => (byte)letter).Prepend((byte)label.Length)),
        0, .. Two(kind), 0, 1,
    ];
}
