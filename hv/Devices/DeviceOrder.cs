// What a guest that is a PC has beside the chips of its board: each is a function on its PCI bus.
namespace MinusOne.Hv.Devices;

internal struct DeviceOrder
{
    public BlockDisks Disks;

    // Which network between the guests it has a card in, counted from 1; 0: none.
    public byte Network;

    // The port on which firmware tells what it does.
    public bool HasDebugPort;

    // A source of random numbers.
    public Choice Rng;

    // A balloon, and how many pages the guest is asked to put into it.
    public Choice Balloon;
    public uint BalloonPages;

    // The port that has the keyboard, and how large the window is; 0: nobody knows.
    public ConsoleKind Console;
    public ushort Columns;
    public ushort Rows;
}

// Which port of a guest has the keyboard. Output of both is shown.
internal enum ConsoleKind : byte
{
    // What suits the guest: for a Linux kernel the one that it names last, otherwise the serial port.
    Usual,
    Serial,
    Virtio,

    // The keyboard is at the serial port, and there is one of virtio.
    SerialOfBoth,
}

// What somebody has chosen, or left to what suits the guest.
internal enum Choice : byte
{
    Usual,
    Yes,
    No,
}
