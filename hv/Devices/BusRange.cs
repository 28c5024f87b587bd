// A range of addresses that a device has registered: where it is, how wide an access it takes in one, and the functions
// that do it.

namespace MinusOne.Hv.Devices;

// The chips that guests use all the time have their own case on the short path of an exit, by direct calls: PortExits
// and DeviceMemoryExits in hv/Exits.
internal enum ShortChip : byte
{
    None,
    Pic,
    Serial,
    Hpet,
    LocalApic,
}

internal unsafe struct BusRange
{
    public ulong First;

    // What the functions are given: the board, or a device that has its state elsewhere.
    public void* Owner;
    public delegate*<void*, uint, int, ulong> Read;
    public delegate*<void*, uint, int, ulong, void> Write;

    public uint Bytes;

    // What the device calls the first address: it may have several ranges.
    public byte Base;

    // Bytes of the widest access that the device takes in one; wider ones come byte by byte.
    public byte Widest;

    // The device's clock, or 0.
    public byte Clock;
    public ShortChip Chip;

    public readonly ulong End => First + (Bytes - 1);

    public readonly bool Takes(ulong address, int bytes) =>
        address - First < Bytes && (uint)(bytes - 1) <= End - address && bytes <= Widest && (bytes & (bytes - 1)) == 0;

    public readonly uint Offset(ulong address) => (uint)(address - First) + Base;
}
