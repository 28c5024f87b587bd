// How the guest's linear addresses are taken apart. SDM 3A 5.1.1 Four Paging Modes.
namespace MinusOne.Tests.Model;

internal sealed record PagingMode(int[] Shifts, int EntryBytes)
{
    public static PagingMode Bits32 { get; } = new([22, 12], 4);

    // Below the four entries that the processor keeps in registers.
    public static PagingMode Pae { get; } = new([21, 12], 8);

    public static PagingMode FourLevel { get; } = new([39, 30, 21, 12], 8);

    public static PagingMode FiveLevel { get; } = new([48, 39, 30, 21, 12], 8);

    public ulong Index(ulong linear, int shift) => (linear >> shift) & (EntryBytes == 4 ? 0x3FFul : 0x1FF);
}
