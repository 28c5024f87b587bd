// What a guest that is a PC has beside the chips of its board: each is a function on its PCI bus.
namespace MinusOne.Hv.Devices;

internal struct DeviceOrder
{
    public BlockDisks Disks;

    // Which network between the guests it has a card in, counted from 1; 0: none.
    public byte Network;

    // A source of random numbers.
    public Choice Rng;
}

// What somebody has chosen, or left to what suits the guest.
internal enum Choice : byte
{
    Usual,
    Yes,
    No,
}
