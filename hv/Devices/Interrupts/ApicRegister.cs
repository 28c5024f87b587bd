// The registers of a local APIC, by their offsets in its page; in x2APIC mode a sixteenth of it, plus 800h, is the MSR.
// SDM 3A 12.4.1 The Local APIC Block Diagram, table Local APIC Register Address Map.
namespace MinusOne.Hv.Devices.Interrupts;

internal enum ApicRegister : uint
{
    Id = 0x020,
    Version = 0x030,
    TaskPriority = 0x080,
    ArbitrationPriority = 0x090,
    ProcessorPriority = 0x0A0,
    EndOfInterrupt = 0x0B0,
    RemoteRead = 0x0C0,
    LogicalDestination = 0x0D0,
    DestinationFormat = 0x0E0,
    SpuriousVector = 0x0F0,

    // Eight words each.
    InService = 0x100,
    TriggerMode = 0x180,
    InterruptRequest = 0x200,
    ErrorStatus = 0x280,
    CommandLow = 0x300,
    CommandHigh = 0x310,
    LvtTimer = 0x320,
    LvtThermal = 0x330,
    LvtPerformance = 0x340,
    LvtLint0 = 0x350,
    LvtLint1 = 0x360,
    LvtError = 0x370,
    InitialCount = 0x380,
    CurrentCount = 0x390,
    Divide = 0x3E0,

    // In x2APIC mode only.
    SelfIpi = 0x3F0,
}

// How a local APIC can be reached: IA32_APIC_BASE bits 11 (EN) and 10 (EXTD). SDM 3A 12.12.5 x2APIC State Transitions.
internal enum ApicMode : byte
{
    Disabled,

    // Through its page.
    XApic,

    // Through MSRs.
    X2Apic,
}

// What an I/O APIC, or the command register of a local APIC, sends to local APICs. SDM 3A 12.11.1 Message Address
// Register Format has the same parts.
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
