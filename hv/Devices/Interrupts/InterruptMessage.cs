// What an I/O APIC, or the command register of a local APIC, sends to local APICs. SDM 3A 12.11.1 Message Address
// Register Format has the same parts.

namespace MinusOne.Hv.Devices.Interrupts;

internal enum DeliveryMode : byte
{
    Fixed = 0,
    LowestPriority = 1,
    Smi = 2,
    Nmi = 4,
    Init = 5,
    StartUp = 6,
    ExternalInterrupt = 7,
}

internal struct InterruptMessage
{
    public uint Destination;
    public byte Vector;
    public DeliveryMode Mode;
    public bool IsLogical;
    public bool IsLevel;
}
