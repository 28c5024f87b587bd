// Where a program came from, out of device paths as firmware makes them, and as nobody should; and what lies beside it.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using MinusOne.Efi.Firmware;
using Xunit;

namespace MinusOne.Tests.Unit.Firmware;

public sealed unsafe class HttpAddressTests
{
    private static readonly byte[] s_end = [0x7F, 0xFF, 4, 0];

    [Theory]
    [InlineData("http://10.0.2.2:8099/BOOTX64.EFI", "10.0.2.2:8099", "http://10.0.2.2:8099/minusone/minusone.conf")]
    [InlineData("http://a/b/c/d.efi", "a", "http://a/b/c/minusone/minusone.conf")]
    [InlineData("https://a/b/c.efi?d=/e/", "a", "https://a/b/minusone/minusone.conf")]
    [InlineData("http://a", "a", "http://a/minusone/minusone.conf")]
    public void WhatLiesBesideIt(string uri, string server, string url)
    {
        byte[] path = [.. Ipv4, .. Node(3, 24, Encoding.ASCII.GetBytes(uri)), .. s_end];
        fixed (byte* start = path)
        {
            Assert.True(HttpAddress.TryFind(start, out HttpAddress address));
            Assert.Equal((0x0F02_000Au, 0x00FF_FFFFu), (address.StationAddress, address.SubnetMask));
            Assert.Equal(server, Encoding.ASCII.GetString([.. address.Server]));
            char[] written = new char[url.Length + 1];
            Assert.False(address.TryWrite("\\minusone\\minusone.conf\0", written.AsSpan(1)));
            Assert.True(address.TryWrite("\\minusone\\minusone.conf\0", written));
            Assert.Equal(url + '\0', new string(written));
        }
    }

    public static TheoryData<byte[]> Others =>
    [
        [.. s_end],
        [.. Ipv4, .. s_end],
        [.. Ipv4, .. Node(3, 24, []), .. s_end],
        [.. Ipv4, .. Node(3, 24, "http://"u8.ToArray()), .. s_end],
        [.. Ipv4, .. Node(3, 24, "ftp://a/b"u8.ToArray()), .. s_end],
        [.. Node(3, 13, new byte[56]), .. Node(3, 24, "http://a/b"u8.ToArray()), .. s_end],
        [.. Node(3, 12, new byte[8]), .. Node(3, 24, "http://a/b"u8.ToArray()), .. s_end],
        [.. Ipv4, 3, 24, 0, 0, .. s_end],
        [.. Enumerable.Repeat(Node(1, 1, []), 64).SelectMany(node => node), .. Ipv4,
            .. Node(3, 24, "http://a/b"u8.ToArray()), .. s_end],
    ];

    [Theory]
    [MemberData(nameof(Others))]
    public void NothingElseIsOne(byte[] path) => Assert.False(IsFound(path));

    private static bool IsFound(byte[] path)
    {
        fixed (byte* start = path)
        {
            return HttpAddress.TryFind(start, out _);
        }
    }

    [Theory]
    [InlineData("Content-Length: 1024", 1024L)]
    [InlineData("content-length: 0", 0L)]
    [InlineData("Content-Length: ", -1L)]
    [InlineData("Content-Length: 12x", -1L)]
    [InlineData("Content-Length: 1234567890123", -1L)]
    [InlineData("Content-Length-: 1", -1L)]
    [InlineData("Content: 1", -1L)]
    public void HowLongAFileIs(string line, long expected)
    {
        string[] parts = line.Split(": ");
        fixed (byte* other = "Server\0"u8, name = Text(parts[0]), value = Text(parts[1]))
        {
            HttpHeader* headers = stackalloc HttpHeader[2];
            headers[0] = new HttpHeader { Name = other, Value = other };
            headers[1] = new HttpHeader { Name = name, Value = value };
            bool isKnown = HttpHeaders.TryLength(headers, 2, out ulong length);
            Assert.Equal(expected, isKnown ? (long)length : -1);
        }
    }

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text + '\0');

    // Local and remote address, two ports, the protocol, where the address is from, the gateway, the mask.
    private static byte[] Ipv4 => Node(
        3, 12, [10, 0, 2, 15, 10, 0, 2, 2, 0, 0, 80, 0, 6, 0, 0, 10, 0, 2, 2, 255, 255, 255, 0]);

    private static byte[] Node(byte type, byte subtype, IReadOnlyList<byte> content) =>
        [type, subtype, (byte)(4 + content.Count), 0, .. content];
}
