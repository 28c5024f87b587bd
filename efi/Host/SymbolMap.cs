// Names for addresses in our own code: a table of functions in the order of their addresses, made from the linker's map
// and linked in last (Stubs/SymbolTable.cs).

using System;

namespace MinusOne.Efi.Host;

internal static unsafe class SymbolMap
{
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

    // The table: count, end of the code, then every function: how far behind the last one it starts, in two bytes, and
    // its name with a zero behind it.
    private static bool TryFind(ulong address, out ReadOnlySpan<byte> name, out ulong inside)
    {
        byte* table = NameArchive.Table(0);
        ulong offset = Offset(address);
        name = default;
        inside = offset;
        if (offset >= ((uint*)table)[1])
        {
            return false;
        }

        byte* at = table + 8;
        for (uint left = *(uint*)table; left != 0 && *(ushort*)at <= inside; left--)
        {
            inside -= *(ushort*)at;
            at += 2;
            name = NameArchive.TextAt(at);
            at += name.Length + 1;
        }

        return !name.IsEmpty;
    }

    private static ulong Offset(ulong address) => address - (ulong)HostCpu.ImageBaseAddress();
}
