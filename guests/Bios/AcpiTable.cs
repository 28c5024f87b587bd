// One table in the making: its header, fields at their offsets, and the checksum when it is finished. ACPI 6.5, 5.2.6
// System Description Table Header.

using System;
using System.Buffers.Binary;
using System.Text;

namespace MinusOne.Guests.Bios;

internal sealed class AcpiTable
{
    public const int HeaderBytes = 36;

    private const int Revision = 8;
    private const int Maker = 10;
    private const string Makers = "MINUS1MINUSONE";

    private readonly byte[] _bytes;

    public AcpiTable(string signature, byte revision, int length)
    {
        _bytes = new byte[length];
        Text(0, signature);
        Doubleword(4, (uint)length);
        Byte(Revision, revision);
        Text(Maker, Makers);
        Doubleword(24, 1);
        Text(28, "MIN1");
        Doubleword(32, 1);
    }

    public void Text(int at, string text) => Encoding.ASCII.GetBytes(text, _bytes.AsSpan(at));

    public void Byte(int at, byte value) => _bytes[at] = value;

    public void Bytes(int at, params ReadOnlySpan<byte> values) => values.CopyTo(_bytes.AsSpan(at));

    public void Word(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(at), value);

    public void Doubleword(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(at), value);

    // 5.2.3.2 Generic Address Structure: space 0 memory, 1 ports; width in bits; the width to access it with.
    public void Address(int at, byte space, byte bits, byte access, uint address)
    {
        Bytes(at, space, bits, 0, access);
        Doubleword(at + 4, address);
    }

    public byte[] Finish()
    {
        Checksum(_bytes, 9);
        return _bytes;
    }

    public static void Checksum(Span<byte> bytes, int at)
    {
        bytes[at] = 0;
        byte sum = 0;
        foreach (byte value in bytes)
        {
            sum += value;
        }

        bytes[at] = (byte)-sum;
    }
}
