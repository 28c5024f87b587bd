// A guest as it stood at one moment, as bytes: its memory, processors, chips and clocks. They begin with the magic and
// the version; sections follow, each with its kind, its length, its content, and a sum over all three:
//   Guest      first: what the guest is, and which processor and clock it has been on (SnapshotGuest)
//   Leaves     second: what it has seen of CPUID (SeenLeaves)
//   Extended, Processor, Apic      of each virtual processor, in their order
//   Board      the chips (BoardImage)
//   Device     of each slot of the PCI bus with one: the slot, and what its driver has made of it (VirtioImage)
//   Page       an address, and what is there: as it is, or packed (PagePacking)
//   Zeroes     an address, and so many pages from there on that the guest has touched and that hold nothing
//   End        last: how many sections there were
// A page that the guest has not touched is not told. Structs go as they lie in memory, without an address of the
// host's: who changes one of them gives the format its next version. A test knows their layout.
namespace MinusOne.Hv.Snapshot;

internal enum SnapshotSection : uint
{
    Guest = 1,
    Processor,
    Extended,
    Apic,
    Board,
    Page,
    Zeroes,
    End,
    Device,
    Leaves,
}

internal static class SnapshotFormat
{
    public const uint Version = 3;
    public const int PageBytes = 4096;
    public const int PageWords = PageBytes / 8;

    // What stands before a section's content, and behind it.
    public const int HeadBytes = 8;
    public const int SumBytes = 4;

    public static ReadOnlySpan<byte> Magic => "M1SNAPS\n"u8;

    // The sum of CRC-32 as IEEE 802.3 has it, four bits at a time: a table of sixteen words.
    private static ReadOnlySpan<uint> Table =>
    [
        0x0000_0000, 0x1DB7_1064, 0x3B6E_20C8, 0x26D9_30AC, 0x76DC_4190, 0x6B6B_51F4, 0x4DB2_6158, 0x5005_713C,
        0xEDB8_8320, 0xF00F_9344, 0xD6D6_A3E8, 0xCB61_B38C, 0x9B64_C2B0, 0x86D3_D2D4, 0xA00A_E278, 0xBDBD_F21C,
    ];

    public static uint Sum(uint sum, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            sum ^= value;
            sum = (sum >> 4) ^ Table[(int)(sum & 15)];
            sum = (sum >> 4) ^ Table[(int)(sum & 15)];
        }

        return sum;
    }
}
