// The guest's activity state. SDM 3C 26.4.2 Guest Non-Register State.

namespace MinusOne.Hv.Processor;

internal enum ActivityState : uint
{
    Active = 0,
    Hlt = 1,
    Shutdown = 2,
    WaitForSipi = 3,
}
