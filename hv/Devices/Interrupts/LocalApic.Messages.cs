// What others send to a local APIC: whether it is meant, and what starts and stops its processor.

namespace MinusOne.Hv.Devices.Interrupts;

// Messages that start and stop a processor and have not been heeded yet. An INIT goes first: it takes back a start-up
// message that came before it.
[Flags]
internal enum StartSignals : byte
{
    None,
    Init = 1,
    StartUp = 2,
}

internal unsafe partial struct LocalApic
{
    // Is this processor meant? SDM 3A 12.6.2 Determining IPI Destination, 12.12.10 (logical x2APIC ID).
    public readonly bool Matches(in InterruptMessage message)
    {
        uint destination = message.Destination;
        if (Mode == ApicMode.X2Apic)
        {
            uint logical = Register(ApicRegister.LogicalDestination);
            return destination is uint.MaxValue or byte.MaxValue || (message.IsLogical
                ? (destination >> 16) == (logical >> 16) && (ushort)(destination & logical) != 0
                : destination == _id);
        }

        if (Mode == ApicMode.Disabled || destination == byte.MaxValue || !message.IsLogical)
        {
            return Mode != ApicMode.Disabled && (destination == byte.MaxValue || destination == _id);
        }

        uint own = Register(ApicRegister.LogicalDestination) >> 24;
        bool isFlat = Register(ApicRegister.DestinationFormat) == FlatModel;
        return isFlat ? (own & destination) != 0 : (own >> 4) == (destination >> 4) && (own & destination & 0xF) != 0;
    }

    // An INIT or start-up message. A start-up message is for a processor that waits for one; others ignore it. False:
    // ignored.
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
}
