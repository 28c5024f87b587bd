// Names for addresses in our own code: a table of functions in the order of their addresses, made from the linker's map, packed
// and linked in last (Stubs/SymbolTable.cs). It is unpacked when the first name is wanted, which is in a panic.

using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using MinusOne.Efi.Packing;
using MinusOne.Hv.Report;

namespace MinusOne.Efi.Host;

internal static unsafe class SymbolMap
{
    // The table's room: whether it is unpacked, and the bytes.
    private static bool s_unpacked;
    private static Space s_space;

    // The function an address lies in, and how far into it.
    public static Writer Write(Writer line, ulong address)
    {
        if (!TryFind(address, out ReadOnlySpan<byte> name, out ulong inside))
        {
            return line.Text("(not in the hypervisor)"u8);
        }

        return line.Text(name).Text("+"u8).Hex(inside);
    }

    public static bool IsCode(ulong address) => TryFind(address, out _, out _);

    // The table: count, end of the code, then every function: how far behind the last one it starts, in two bytes, and its name
    // with a zero behind it.
    private static bool TryFind(ulong address, out ReadOnlySpan<byte> name, out ulong inside)
    {
        byte* table = Unpacked();
        ulong offset = Offset(address);
        name = default;
        inside = offset;
        if (table == null || offset >= ((uint*)table)[1])
        {
            return false;
        }

        byte* at = table + 8;
        for (uint left = *(uint*)table; left != 0 && *(ushort*)at <= inside; left--)
        {
            inside -= *(ushort*)at;
            at += 2;
            int length = 0;
            while (at[length] != 0)
            {
                length++;
            }

            name = new ReadOnlySpan<byte>(at, length);
            at += length + 1;
        }

        return !name.IsEmpty;
    }

    // Behind two lengths, of the table and of what it is packed in.
    private static byte* Unpacked()
    {
        var archive = (uint*)Table();
        fixed (byte* space = s_space.Bytes)
        {
            s_unpacked = s_unpacked
                || Archive.TryUnpack(new ReadOnlySpan<byte>(archive + 2, (int)archive[1]), new Span<byte>(space, (int)archive[0]));
            return s_unpacked ? space : null;
        }
    }

    private static ulong Offset(ulong address) => address - (ulong)HostCpu.ImageBaseAddress();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "SymbolTableAddress")]
    private static extern byte* Table();

    private struct Space
    {
        public fixed byte Bytes[PackedFormat.MostSymbolBytes];
    }
}
