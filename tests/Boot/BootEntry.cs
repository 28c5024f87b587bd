// A boot entry in the variables of firmware that has none: what is to be started next, once, with these load options.
// UEFI specification 3.1.3 Load Options, 3.3 Globally Defined Variables, 10.3.4.22 Uniform Resource Identifiers (URI)
// Device Path. How variables lie there, EDK2 says, in AuthenticatedVariableFormat.h.

using System;
using System.Buffers.Binary;
using System.IO;
using System.Linq;
using System.Text;

namespace MinusOne.Tests.Boot;

internal static class BootEntry
{
    // Behind the headers of the volume and of the store; what is free is all ones.
    private const int FirstVariable = 0x64;

    private const int HeaderSize = 60;
    private const ushort StartMark = 0x55AA;
    private const byte Added = 0x3F;
    private const int Kept = 7; // and firmware and programs may read it

    private static readonly Guid s_global = new("8BE4DF61-93CA-11D2-AA0D-00E098032B8C");

    public static void Add(string variables, string uri, string options)
    {
        byte[] store = File.ReadAllBytes(variables);
        byte[] path = [.. Node(3, 24, Encoding.ASCII.GetBytes(uri)), .. Node(0x7F, 0xFF, [])];
        byte[] entry =
        [
            1, 0, 0, 0, (byte)path.Length, 0, .. Characters("by a test"), .. path, .. Characters(options),
        ];
        int end = Write(store, FirstVariable, "Boot0042", entry);
        Write(store, end, "BootNext", [0x42, 0]);
        File.WriteAllBytes(variables, store);
    }

    private static byte[] Node(byte type, byte subtype, byte[] content) =>
        [type, subtype, (byte)(4 + content.Length), 0, .. content];

    private static byte[] Characters(string text) => Encoding.Unicode.GetBytes(text + '\0');

    // Returns where the next begins.
    private static int Write(byte[] store, int start, string name, byte[] value)
    {
        byte[] letters = Characters(name);
        int size = HeaderSize + letters.Length + value.Length;
        Span<byte> variable = store.AsSpan(start, size);
        if (variable.ContainsAnyExcept((byte)0xFF))
        {
            throw new InvalidDataException($"there are variables at {start:X}h already");
        }

        variable.Slice(0, HeaderSize).Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(variable, StartMark);
        variable[2] = Added;
        variable[4] = Kept;
        BinaryPrimitives.WriteInt32LittleEndian(variable.Slice(36), letters.Length);
        BinaryPrimitives.WriteInt32LittleEndian(variable.Slice(40), value.Length);
        s_global.TryWriteBytes(variable.Slice(44));
        letters.Concat(value).ToArray().CopyTo(variable.Slice(HeaderSize));
        return (start + size + 3) & ~3;
    }
}
