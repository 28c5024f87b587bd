// The built-in guests in the order in which `run --list` shows them and `run all` runs them. A new guest is one file in Demos/
// and one line here.

using MinusOne.Guests.Demos;

namespace MinusOne.Guests;

internal static class Catalogue
{
    public static Guest[] All { get; } =
    [
        Hello.Guest,
        PowerOff.Guest,
        Registers.Guest,
        Demand.Guest,
        BadEntry.Guest,
        VmxonRegion.Guest,
        Halt.Guest,
        Pause.Guest,
        ExternalInterrupt.Guest,
        GuestInterrupts.Guest,
        PageFaultMask.Guest,
        AllIo.Guest,
        IoBitmap.Guest,
        AllMsrs.Guest,
        EferWrite.Guest,
        Cr0Paging.Guest,
        ShadowCost.Guest,
        NestedWalk.Guest,
    ];
}
