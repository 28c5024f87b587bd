// The few words of ACPI's machine language that our tables say: names, packages, devices, and lists of resources. Each
// is a function that gives its bytes. ACPI 6.5, 20.2 AML Grammar Definition, 6.4 Resource Data Types for ACPI.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace MinusOne.Guests.Bios;

internal static class Aml
{
    private const byte Zero = 0x00, One = 0x01, NameOp = 0x08, ByteOp = 0x0A, WordOp = 0x0B, DoublewordOp = 0x0C;
    private const byte ScopeOp = 0x10, BufferOp = 0x11, PackageOp = 0x12, Extension = 0x5B, DeviceOp = 0x82;

    // 6.4.3.5: memory, ports, buses; a range that the device passes on, with both of its ends fixed.
    private const byte Memory = 0, Ports = 1, Buses = 2;
    private const byte Fixed = 0x0C;

    public static byte[] Name(string name, params byte[] value) => [NameOp, .. Text(name), .. value];

    public static byte[] Scope(string name, params IEnumerable<byte[]> items) =>
        [ScopeOp, .. Sized([.. Text(name), .. Join(items)])];

    public static byte[] Device(string name, params IEnumerable<byte[]> items) =>
        [Extension, DeviceOp, .. Sized([.. Text(name), .. Join(items)])];

    public static byte[] Package(params ICollection<byte[]> items) =>
        [PackageOp, .. Sized([checked((byte)items.Count), .. Join(items)])];

    public static byte[] Number(uint value) => value switch
    {
        0 => [Zero],
        1 => [One],
        <= byte.MaxValue => [ByteOp, (byte)value],
        <= ushort.MaxValue => [WordOp, .. BitConverter.GetBytes((ushort)value)],
        _ => [DoublewordOp, .. BitConverter.GetBytes(value)],
    };

    // 19.3.4: three letters and four hexadecimal digits in a number.
    public static byte[] Identifier(string text)
    {
        int letters = ((text[0] - '@') << 10) | ((text[1] - '@') << 5) | (text[2] - '@');
        int digits = int.Parse(text.AsSpan(3), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return [DoublewordOp, (byte)(letters >> 8), (byte)letters, (byte)(digits >> 8), (byte)digits];
    }

    // With the end tag, whose checksum of 0 counts as right.
    public static byte[] Resources(params IEnumerable<byte[]> items)
    {
        byte[] content = [.. Join(items), 0x79, 0];
        return [BufferOp, .. Sized([.. Number((uint)content.Length), .. content])];
    }

    // 6.4.2.5 I/O Port Descriptor.
    public static byte[] TakenPorts(ushort first, byte count) =>
        [0x47, 1, .. BitConverter.GetBytes(first), .. BitConverter.GetBytes(first), 1, count];

    // 6.4.3.4 32-Bit Fixed Memory Range Descriptor.
    public static byte[] TakenMemory(uint first, uint bytes) =>
        [0x86, 9, 0, 1, .. BitConverter.GetBytes(first), .. BitConverter.GetBytes(bytes)];

    public static byte[] BusRange(ushort first, ushort last) => Words(Buses, 0, first, last);

    public static byte[] PortRange(ushort first, ushort last) => Words(Ports, 3, first, last);

    // 6.4.3.5.2 DWord Address Space Descriptor: read and write, not cached.
    public static byte[] MemoryRange(uint first, uint last) =>
    [
        0x87, 23, 0, Memory, Fixed, 1, .. BitConverter.GetBytes(0), .. BitConverter.GetBytes(first),
        .. BitConverter.GetBytes(last), .. BitConverter.GetBytes(0), .. BitConverter.GetBytes(last - first + 1),
    ];

    // 6.4.3.5.3 Word Address Space Descriptor.
    private static byte[] Words(byte kind, byte flags, ushort first, ushort last) =>
    [
        0x88, 13, 0, kind, Fixed, flags, 0, 0, .. BitConverter.GetBytes(first), .. BitConverter.GetBytes(last), 0, 0,
        .. BitConverter.GetBytes((ushort)(last - first + 1)),
    ];

    // 20.2.4 Package Length Encoding: it counts itself.
    private static byte[] Sized(byte[] content)
    {
        int length = content.Length;
        return length + 1 < 0x40 ? [(byte)(length + 1), .. content]
            : length + 2 < 0x1000 ? [(byte)(0x40 | ((length + 2) & 15)), (byte)((length + 2) >> 4), .. content]
            : throw new ArgumentException("longer than a table can be");
    }

    private static byte[] Text(string name) => Encoding.ASCII.GetBytes(name);

    private static byte[] Join(IEnumerable<byte[]> items) => [.. items.SelectMany(item => item)];
}
