// The ACPI table that names the processors. ACPI 6.5, 5.2.5.1 Finding the RSDP on IA-PC Systems, 5.2.7 and 5.2.8 (RSDT,
// XSDT), 5.2.12 Multiple APIC Description Table. Firmware keeps them in memory that it does not call memory; what lies
// outside of the window or does not add up is not there.

using MinusOne.Guests.Kernel.Memory;

namespace MinusOne.Guests.Kernel.Boot;

internal readonly unsafe struct Madt
{
    private const ulong BiosArea = 0xE_0000;
    private const ulong BiosEnd = 0x10_0000;
    private const ulong RootSignature = 0x2052_5450_2044_5352; // "RSD PTR "
    private const uint Signature = 0x4349_5041; // "APIC"
    private const uint Header = 36;
    private const uint Entries = 44;
    private const byte LocalApicEntry = 0;

    private readonly byte* _table;

    private Madt(byte* table)
    {
        _table = table;
    }

    private uint Length => _table == null ? 0 : *(uint*)(_table + 4);

    public static Madt Find()
    {
        ulong end = KernelSpace.WindowEnd;
        for (ulong address = BiosArea; address < BiosEnd; address += 16)
        {
            byte* root = Frames.At(address);
            if (*(ulong*)root == RootSignature && IsSound(root, 20))
            {
                bool isWide = root[15] >= 2;
                return Find(At(isWide ? *(ulong*)(root + 24) : *(uint*)(root + 16), end), isWide, end);
            }
        }

        return default;
    }

    // The local APIC of the next processor that can be used; `position` begins with 0.
    public bool TryNext(ref uint position, out uint apicId)
    {
        position = position == 0 ? Entries : position;
        while (position + 8 <= Length)
        {
            byte* entry = _table + position;
            position += entry[1] < 2 ? Length : entry[1];
            apicId = entry[3];
            if (entry[0] == LocalApicEntry && (entry[4] & 1) != 0)
            {
                return true;
            }
        }

        apicId = 0;
        return false;
    }

    private static Madt Find(byte* list, bool isWide, ulong end)
    {
        uint step = isWide ? 8u : 4;
        for (uint i = Header; list != null && i < *(uint*)(list + 4); i += step)
        {
            byte* table = At(isWide ? *(ulong*)(list + i) : *(uint*)(list + i), end);
            if (table != null && *(uint*)table == Signature)
            {
                return new Madt(table);
            }
        }

        return default;
    }

    // Null: no whole table is there.
    private static byte* At(ulong address, ulong end)
    {
        byte* table = Frames.At(address);
        return address < end - Header && *(uint*)(table + 4) < end - address
            && IsSound(table, *(uint*)(table + 4)) ? table : null;
    }

    private static bool IsSound(byte* table, uint length)
    {
        byte sum = 0;
        for (uint i = 0; i < length; i++)
        {
            sum += table[i];
        }

        return sum == 0;
    }
}
