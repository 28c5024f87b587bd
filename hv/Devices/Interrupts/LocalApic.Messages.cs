// What reaches a local APIC from others: messages, which start and stop its processor as well, and what the processor
// does to it by itself.
//
// A local APIC whose page is the processor's virtual-APIC page: while the guest runs, the processor itself moves
// interrupts through IRR and ISR, so that of what is known here only the page counts. What this side changes it tells
// the processor before the next entry (Exits/VirtualInterrupts.cs). SDM 3C 31.1 Virtual APIC State, 31.2 Evaluation
// and Delivery of Virtual Interrupts. What differs to be seen: an IPI to itself leaves TMR alone.
namespace MinusOne.Hv.Devices.Interrupts;

// Messages that start and stop a processor, not heeded yet. An INIT takes back a start-up message before it.
[Flags]
internal enum StartSignals : byte
{
    None,
    Init = 1,
    StartUp = 2,
}

internal unsafe partial struct LocalApic
{
    // An IRR or ISR that is not known: the short ways through this chip, which trust what is known, do nothing.
    private const uint Unknown = ~0u;

    // Is this processor meant? SDM 3A 12.6.2 Determining IPI Destination, 12.12.10 (logical x2APIC ID).
    public readonly bool Matches(in InterruptMessage message)
    {
        uint destination = message.Destination;
        if (Mode == ApicMode.X2Apic)
        {
            uint logical = Register(ApicRegister.LogicalDestination);
            return destination is uint.MaxValue or byte.MaxValue || (message.IsLogical
                ? (destination >> 16) == (logical >> 16) && (ushort)(destination & logical) != 0
                : destination == Id);
        }

        if (Mode == ApicMode.Disabled || destination == byte.MaxValue || !message.IsLogical)
        {
            return Mode != ApicMode.Disabled && (destination == byte.MaxValue || destination == Id);
        }

        uint own = Register(ApicRegister.LogicalDestination) >> 24;
        bool isFlat = Register(ApicRegister.DestinationFormat) == FlatModel;
        return isFlat ? (own & destination) != 0 : (own >> 4) == (destination >> 4) && (own & destination & 0xF) != 0;
    }

    // An INIT or start-up message. A start-up message is for a processor that waits for one. False: ignored.
    public bool TryNote(in InterruptMessage message)
    {
        if (message.Mode == DeliveryMode.Init)
        {
            Signals = StartSignals.Init;
            return true;
        }

        if ((IsStarted && (Signals & StartSignals.Init) == 0) || (Signals & StartSignals.StartUp) != 0)
        {
            return false;
        }

        Signals |= StartSignals.StartUp;
        StartVector = message.Vector;
        return true;
    }

    // The guest's accesses can do without exits: by MSR, and nothing would be refused.
    public readonly bool IsOpen => Mode == ApicMode.X2Apic && IsSoftwareEnabled;

    // After reset.
    public void MakeVirtual()
    {
        IsVirtual = true;
        _requestWords = Unknown;
        Update();
    }

    // The guest interrupt status: the highest vector in service, and the highest that is requested. SDM 3C 26.4.2.
    public readonly ushort Status
    {
        get
        {
            // Without a priority there is none in service.
            uint service = (Register(ApicRegister.ProcessorPriority) & 0xF0) == 0 ? 0 : Find(ApicRegister.InService);
            return (ushort)((service << 8) | Find(ApicRegister.InterruptRequest));
        }
    }

    // An interrupt of higher priority than the processor's is waiting.
    public readonly bool IsAbove(uint status) => (status & 0xF0) > Math.Max((status >> 8) & 0xF0, TaskPriority & 0xF0);

    // The processor has one to deliver, once the guest lets it.
    public readonly bool IsWaiting => IsVirtual && IsAbove(Status);

    // As the guest has written it.
    public readonly byte LastSelfIpi => (byte)Register(ApicRegister.SelfIpi);

    // The vectors 64n to 64n + 63 that are level-triggered, as an EOI-exit bitmap has them.
    public readonly ulong Levels(uint quarter) =>
        Word(ApicRegister.TriggerMode, 2 * quarter)
        | ((ulong)Word(ApicRegister.TriggerMode, (2 * quarter) + 1) << 32);

    public void SetTold() => IsUntold = Interrupt = HasNewLevel = false;

    private readonly uint Find(ApicRegister first)
    {
        for (uint word = 8; word-- > 0;)
        {
            if (Word(first, word) != 0)
            {
                return (word << 5) | (uint)BitOperations.Log2(Word(first, word));
            }
        }

        return 0;
    }
}
