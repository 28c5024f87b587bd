// Where a device sits: from the first address to the last, ports or memory.

using MinusOne.Hv.Guests;

namespace MinusOne.Hv.Devices;

internal readonly struct BoardRow
{
    public readonly ulong First;
    public readonly ulong Last;
    public readonly Device Device;

    // Bytes of the widest access that the device takes in one; wider ones come byte by byte.
    public readonly byte Widest;

    // The device is there only in scenes with this flag.
    public readonly SceneFlags Needs;

    public BoardRow(ulong first, ulong last, Device device, byte widest, SceneFlags needs)
    {
        First = first;
        Last = last;
        Device = device;
        Widest = widest;
        Needs = needs;
    }
}
