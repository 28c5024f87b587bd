// The devices that a board can have.

namespace MinusOne.Hv.Devices;

internal enum Device : byte
{
    DebugConsole,
    Serial,
    QemuExit,
    Cmos,
    PowerEvents,
    PowerTimer,
    DebugExit,
    KeyboardReset,
    FastReset,
    ResetControl,
    Counter,
    Scratch,
    LocalApic,
    PicMaster,
    PicSlave,
    PicLevels,
    Pit,
    SystemControl,
    Hpet,
    IoApic,
}
