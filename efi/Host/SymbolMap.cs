// Names for addresses in our own code: a table of functions in the order of their addresses, made from the linker's map and
// linked in last (Stubs/SymbolTable.cs).

using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using MinusOne.Hv.Report;

namespace MinusOne.Efi.Host;

internal static unsafe class SymbolMap
{
    // The function an address lies in, and how far into it.
    public static Writer Write(Writer line, ulong address)
    {
        if (!TryFind(address, out uint* entry))
        {
            return line.Text("(not in the hypervisor)"u8);
        }

        byte* name = (byte*)Table() + entry[1];
        int length = 0;
        while (name[length] != 0)
        {
            length++;
        }

        return line.Text(new ReadOnlySpan<byte>(name, length)).Text("+"u8).Hex(Offset(address) - entry[0]);
    }

    public static bool IsCode(ulong address) => TryFind(address, out _);

    // The table: count, end of the code, then pairs of function start and name, all as offsets.
    private static bool TryFind(ulong address, out uint* found)
    {
        uint* table = Table();
        ulong offset = Offset(address);
        found = null;
        if (offset >= table[1])
        {
            return false;
        }

        for (uint i = 0; i < table[0] && table[2 + (2 * i)] <= offset; i++)
        {
            found = table + 2 + (2 * i);
        }

        return found != null;
    }

    private static ulong Offset(ulong address) => address - (ulong)HostCpu.ImageBaseAddress();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "SymbolTableAddress")]
    private static extern uint* Table();
}
