// The place of a device: from the first address to the last, ports or memory.

namespace MinusOne.Hv.Devices;

internal readonly struct BoardRow
{
    public readonly ulong First;
    public readonly ulong Last;
    public readonly Device Device;

    // Bytes of the widest access that the device takes in one; wider ones come byte by byte.
    public readonly byte Widest;

    // The device is there only in configurations with this flag.
    public readonly VmFeatures Needs;

    public BoardRow(ulong first, ulong last, Device device, byte widest, VmFeatures needs)
    {
        First = first;
        Last = last;
        Device = device;
        Widest = widest;
        Needs = needs;
    }
}
